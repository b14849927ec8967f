#pragma once

// Good messages, and a backend over a real SQLite store and the shipped catalogue.
//
// Thread safety: none. Ownership: a TestBackend owns everything, its folder too.

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

#include "assay/evidence/v1/record_service.pb.h"
#include "services/common/catalogue/file_model_source.h"
#include "services/common/clock/clock.h"
#include "services/common/clock/day.h"
#include "services/common/clock/id_source.h"
#include "services/common/digest/random.h"
#include "services/evidence/api/backend.h"
#include "services/evidence/storage/sqlite/sqlite_record_store.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {

inline constexpr char kSaf[] = "frameworks/cqc-saf/versions/2024-12";

// "2025-03-01".
type::v1::Date DateOf(absl::string_view text);

v1::Location LocationOf(absl::string_view name, absl::string_view provider = "providers/1-101");
// A score of an item, assessed.
v1::Judgement ScoreOf(absl::string_view item, int level, absl::string_view effective);
v1::CreateJudgementRequest ScoreRequest(absl::string_view subject, absl::string_view item,
                                        int level, absl::string_view effective);
v1::RegulatoryAction ActionOf(absl::string_view opened, absl::string_view closed = "");

// The shipped versions, loaded once.
catalogue::ModelSource& ShippedCatalogue();

// Holds the file of a store open for one test; the clock stands at noon of 2025-06-15 until moved.
class TestBackend {
 public:
  TestBackend();

  const Backend& backend() const { return *backend_; }
  RecordStore& store() { return *store_; }
  clock::ManualClock& clock() { return clock_; }
  const digest::SigningKey& key() const { return key_; }
  // Closes the store and opens it again.
  void Reopen();
  // Runs SQL on the closed file, as someone would who means harm, and opens it again.
  void Damage(const std::string& sql);

 private:
  TemporaryFolder folder_;
  clock::ManualClock clock_;
  digest::SystemRandom random_;
  clock::UuidV7Source ids_{clock_, random_};
  const digest::SigningKey key_ = digest::SigningKey::Make();
  const clock::LondonCalendar calendar_;
  std::unique_ptr<RecordStore> store_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace assay::evidence
