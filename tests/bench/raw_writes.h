#pragma once

// The bare equivalents that the record's figures stand beside: the same rows, into the same tables
// with the same keys, indexes and settings, in the same transactions, as somebody would write them
// who has nothing to decide. What an engine decides (counters, leaves, what is known already) is
// decided beforehand and not counted.
//
// Thread safety: none. Ownership: a DecidedRows owns its writes. Ends the process where the
// database fails.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "services/evidence/core/decide.h"

namespace assay::evidence {

// What an empty store would write for these batches, each committed before the next.
class DecidedRows {
 public:
  DecidedRows(const std::vector<Write>& writes, size_t batch_size);
  ~DecidedRows();
  DecidedRows(const DecidedRows&) = delete;
  DecidedRows& operator=(const DecidedRows&) = delete;

  const std::vector<const Plan*>& plans() const { return plans_; }

 private:
  struct Group;
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<const Plan*> plans_;
};

// What some work took, and what this process spent on its cores for it: unlike the time, a busy
// machine hardly changes that. What PostgreSQL spends is not in it. Both in seconds.
struct Spent {
  double seconds = 0;
  double cpu = 0;
};
Spent SpentOn(const std::function<void()>& work);

// Multi-row inserts into a SQLite file that has the engine's tables and is open nowhere, in the
// order of the keys, with the engine's settings. Returns what the inserts and commits took.
Spent InsertRaw(const std::string& path, const DecidedRows& rows);

// COPY BINARY into a database that has the engine's tables, on one connection, from bytes that are
// encoded already, and one upsert of the counters with each commit. Returns what the copies and
// commits took.
Spent CopyRaw(const std::string& url, const DecidedRows& rows);

}  // namespace assay::evidence
