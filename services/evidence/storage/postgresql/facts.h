#pragma once

// What the database holds of all that a group of batches asks about (core/decide.h), loaded in one
// to three round trips under the locks of the group's partitions.
//
// Thread safety: none; one group, one thread. Ownership: borrows the connection, which is inside
// the group's transaction, and the batches. Cost: up to six statements a partition in one pipeline,
// or in two where the group is large, since what is new to the record has no past to be asked for;
// what was not foreseen costs a round trip each.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "services/common/postgresql/connection.h"
#include "services/evidence/core/decide.h"

namespace assay::evidence::pg {

class LoadedFacts final : public FactSource {
 public:
  // Begins a transaction, locks the counters of the partitions in ascending order, which also makes
  // every later statement see all that was committed to them, and loads the facts.
  // Request ids are loaded where they are looked up.
  static absl::StatusOr<std::unique_ptr<LoadedFacts>> Begin(postgresql::Connection& connection,
                                                            const FactKeys& keys,
                                                            RequestIds request_ids);

  absl::StatusOr<PartitionState> FindPartition(int32_t partition) override;
  absl::StatusOr<absl::optional<Request>> FindRequest(int32_t partition,
                                                      absl::string_view request_id) override;
  absl::StatusOr<std::vector<Source>> FindSource(int32_t partition,
                                                 absl::string_view origin) override;
  absl::StatusOr<SubjectState> FindSubject(int32_t partition, absl::string_view subject) override;
  absl::StatusOr<int64_t> FindRecord(int32_t partition, absl::string_view subject,
                                     absl::string_view id) override;
  absl::StatusOr<int64_t> CountServices(int32_t partition, absl::string_view location,
                                        int64_t at_most) override;
  absl::StatusOr<bool> HasAttachment(int32_t partition, absl::string_view root,
                                     const digest::Digest& digest) override;
  absl::StatusOr<StoredRecord> ReadRecord(int32_t partition, int64_t counter) override;

  // The counters of the partitions that are locked, as they are in the database.
  const absl::flat_hash_map<int32_t, PartitionState>& partitions() const { return partitions_; }

 private:
  using Key = std::pair<int32_t, std::string>;
  using Place = std::pair<int32_t, int64_t>;
  // Takes the rows of one statement.
  using Take = absl::Status (LoadedFacts::*)(const postgresql::Result& result);

  explicit LoadedFacts(postgresql::Connection& connection) : connection_(connection) {}

  void Ask(postgresql::Statement statement, Take take);
  // Sends what was asked, and takes the answers.
  absl::Status Send();
  void AskRequests(const FactKeys& keys);
  void AskSubjects(const FactKeys& keys);
  // Of the subjects that are stored, once that is known; else of all.
  void AskSources(const FactKeys& keys, bool of_stored);
  void AskStates(const FactKeys& keys, bool of_stored);
  bool IsStored(const FactKeys::Key& subject) const;
  // One statement a partition with an array of the keys' values.
  void AskEach(const char* sql, const std::vector<FactKeys::Key>& keys, bool bytes, Take take);
  void AskNamed(const std::vector<FactKeys::Named>& records);
  // Records that the first answers lead to.
  void AskFound();

  absl::Status TakeNothing(const postgresql::Result& result);
  absl::Status TakePartitions(const postgresql::Result& result);
  absl::Status TakeRequests(const postgresql::Result& result);
  absl::Status TakeSources(const postgresql::Result& result);
  absl::Status TakeSubjects(const postgresql::Result& result);
  absl::Status TakeNamed(const postgresql::Result& result);
  absl::Status TakeRecords(const postgresql::Result& result);

  postgresql::Connection& connection_;
  std::vector<postgresql::Statement> asked_;
  std::vector<Take> takers_;
  absl::flat_hash_map<int32_t, PartitionState> partitions_;
  absl::flat_hash_map<Key, Request> requests_;
  absl::flat_hash_map<Key, std::vector<Source>> sources_;
  absl::flat_hash_map<Key, SubjectState> subjects_;
  // By subject and id.
  absl::flat_hash_map<std::pair<int32_t, std::pair<std::string, std::string>>, int64_t> named_;
  absl::node_hash_map<Place, StoredRecord> records_;
};

}  // namespace assay::evidence::pg
