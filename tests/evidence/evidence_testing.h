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
#include "tests/evidence/storage/record_store_contract.h"
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

// From one rating of a key question to another, with a rationale.
v1::Override OverrideOf(absl::string_view group, int from, int to, absl::string_view effective);
// The overall rating that went out, with a digest.
v1::Publication PublicationOf(int level, absl::string_view published);
// A complaint about safe.learning-culture, received on a day.
v1::EvidenceItem EvidenceOf(absl::string_view text, absl::string_view received);

// The shipped versions, loaded once.
catalogue::ModelSource& ShippedCatalogue();

// A SQLite file in a folder of its own.
class SqliteHarness final : public EngineHarness {
 public:
  absl::StatusOr<std::unique_ptr<RecordStore>> Open(const clock::Clock& clock,
                                                    digest::RandomSource& random) override;
  std::string file() const { return folder_.File("evidence.db"); }

 private:
  TemporaryFolder folder_;
};

// Holds a store open for one test; the clock stands at noon of 2025-06-15 until moved.
class TestBackend {
 public:
  TestBackend() : TestBackend(std::make_unique<SqliteHarness>()) {}
  explicit TestBackend(std::unique_ptr<SqliteHarness> harness);
  explicit TestBackend(std::unique_ptr<EngineHarness> harness);

  const Backend& backend() const { return *backend_; }
  RecordStore& store() { return *store_; }
  clock::ManualClock& clock() { return clock_; }
  const digest::SigningKey& key() const { return key_; }
  // Closes the store and opens it again.
  void Reopen();
  // SQLite only: runs SQL on the closed file, as someone would who means harm, and opens it again.
  void Damage(const std::string& sql);

 private:
  std::string file_;
  const std::unique_ptr<EngineHarness> harness_;
  clock::ManualClock clock_;
  digest::SystemRandom random_;
  clock::UuidV7Source ids_{clock_, random_};
  const digest::SigningKey key_ = digest::SigningKey::Make();
  const clock::LondonCalendar calendar_;
  std::unique_ptr<RecordStore> store_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace assay::evidence
