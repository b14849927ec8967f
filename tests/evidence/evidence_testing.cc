#include "tests/evidence/evidence_testing.h"

#include <cstdlib>
#include <utility>

#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/clock/day_proto.h"
#include "services/common/sqlite/database.h"

namespace assay::evidence {

type::v1::Date DateOf(absl::string_view text) {
  return clock::DayToProto(clock::Day::Parse(text).value());
}

v1::Location LocationOf(absl::string_view name, absl::string_view provider) {
  v1::Location location;
  location.set_name(std::string(name));
  location.set_provider(std::string(provider));
  location.set_display_name("The Elms");
  location.set_sector("adult-social-care");
  location.set_registration_status(v1::REGISTRATION_STATUS_REGISTERED);
  return location;
}

v1::Judgement ScoreOf(absl::string_view item, int level, absl::string_view effective) {
  v1::Judgement judgement;
  judgement.mutable_node()->set_item(std::string(item));
  judgement.set_framework_version(kSaf);
  judgement.mutable_outcome()->set_scale("score");
  judgement.mutable_outcome()->set_level(level);
  judgement.set_status(v1::JUDGEMENT_STATUS_ASSESSED);
  *judgement.mutable_effective_date() = DateOf(effective);
  return judgement;
}

v1::CreateJudgementRequest ScoreRequest(absl::string_view subject, absl::string_view item,
                                        int level, absl::string_view effective) {
  v1::CreateJudgementRequest request;
  request.set_parent(std::string(subject));
  *request.mutable_judgement() = ScoreOf(item, level, effective);
  return request;
}

v1::RegulatoryAction ActionOf(absl::string_view opened, absl::string_view closed) {
  v1::RegulatoryAction action;
  action.set_kind(v1::REGULATORY_ACTION_KIND_WARNING_NOTICE);
  action.set_regulation("17");
  *action.mutable_opened() = DateOf(opened);
  if (!closed.empty()) *action.mutable_closed() = DateOf(closed);
  return action;
}

v1::Override OverrideOf(absl::string_view group, int from, int to, absl::string_view effective) {
  v1::Override one;
  one.mutable_node()->set_group(std::string(group));
  one.set_framework_version(kSaf);
  one.mutable_from()->set_scale("rating");
  one.mutable_from()->set_level(from);
  one.mutable_outcome()->set_scale("rating");
  one.mutable_outcome()->set_level(to);
  one.set_rationale("The panel saw more than the scores tell.");
  one.set_quality_control_reference("QC-2025-17");
  *one.mutable_effective_date() = DateOf(effective);
  return one;
}

v1::Publication PublicationOf(int level, absl::string_view published) {
  v1::Publication publication;
  publication.set_framework_version(kSaf);
  publication.mutable_outcome()->set_scale("rating");
  publication.mutable_outcome()->set_level(level);
  publication.set_derivation_digest(std::string(32, 'd'));
  *publication.mutable_publication_date() = DateOf(published);
  return publication;
}

v1::EvidenceItem EvidenceOf(absl::string_view text, absl::string_view received) {
  v1::EvidenceItem item;
  item.set_kind(v1::EVIDENCE_KIND_COMPLAINT);
  item.set_framework_version(kSaf);
  item.add_items("safe.learning-culture");
  item.set_sensitivity(v1::SENSITIVITY_CONFIDENTIAL);
  item.set_text(std::string(text));
  *item.mutable_received() = DateOf(received);
  return item;
}

catalogue::ModelSource& ShippedCatalogue() {
  static catalogue::FileModelSource* const source =
      catalogue::FileModelSource::OpenDirectory(catalogue::CatalogueDirectory(""))
          .value()
          .release();
  return *source;
}

absl::StatusOr<std::unique_ptr<RecordStore>> SqliteHarness::Open(const clock::Clock& clock,
                                                                 digest::RandomSource& random) {
  SqliteOptions options;
  options.path = file();
  return OpenSqliteRecordStore(options, clock, random);
}

TestBackend::TestBackend(std::unique_ptr<SqliteHarness> harness)
    : TestBackend(std::unique_ptr<EngineHarness>(std::move(harness))) {
  file_ = static_cast<SqliteHarness&>(*harness_).file();
}

TestBackend::TestBackend(std::unique_ptr<EngineHarness> harness)
    : harness_(std::move(harness)),
      clock_(absl::FromUnixSeconds(1749988800)),  // 2025-06-15 12:00 UTC
      calendar_(clock::LondonCalendar::Load().value()) {
  Reopen();
}

void TestBackend::Reopen() {
  backend_.reset();
  store_.reset();
  store_ = harness_->Open(clock_, random_).value();
  backend_ = std::make_unique<Backend>(
      BackendParts{store_.get(), &clock_, &calendar_, &ids_, &ShippedCatalogue(), &random_, &key_});
}

void TestBackend::Damage(const std::string& sql) {
  backend_.reset();
  store_.reset();
  {
    const auto database =
        assay::sqlite::Database::Open(file_, assay::sqlite::Database::Mode::kCreate, "test")
            .value();
    const absl::Status status = database->Run(sql.c_str());
    if (!status.ok()) std::abort();
  }
  Reopen();
}

}  // namespace assay::evidence
