#pragma once

// The suite that every engine passes. An engine's test instantiates RecordStoreContract with a way
// to make its harness, and lists record_store_contract.cc, record_store_batch_contract.cc and
// record_store_proof_contract.cc among its sources.

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

#include "services/common/clock/clock.h"
#include "services/common/digest/random.h"
#include "services/evidence/storage/record_store.h"

namespace assay::evidence {

// One store that can be opened again after it was closed.
class EngineHarness {
 public:
  virtual ~EngineHarness() = default;
  virtual absl::StatusOr<std::unique_ptr<RecordStore>> Open(const clock::Clock& clock,
                                                            digest::RandomSource& random) = 0;
};

struct Engine {
  std::string name;
  std::function<std::unique_ptr<EngineHarness>()> make;

  friend void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }
};

class RecordStoreContract : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override;
  // Closes the store and opens it again.
  void Reopen();
  // Appends one write, or a batch, and waits.
  WriteResult Put(Write write);
  BatchResult PutAll(std::vector<Write> writes, bool allow_partial = false);
  // The payloads of a partition's log, from the first.
  std::vector<std::string> LogOf(int32_t partition);
  std::vector<std::string> NamesOf(const RegistryQuery& query);
  // All that is known of a subject.
  SubjectRecords HistoryOf(absl::string_view subject);
  // Each partition's hashes make up the root that the store gives.
  void CheckLogs();

  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
  digest::SystemRandom random_;
  std::unique_ptr<EngineHarness> harness_;
  std::unique_ptr<RecordStore> store_;
};

}  // namespace assay::evidence
