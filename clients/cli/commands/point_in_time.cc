#include "clients/cli/commands/point_in_time.h"

#include "absl/status/statusor.h"

#include "CLI/CLI.hpp"
#include "clients/cli/arguments/arguments.h"
#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"

namespace assay::cli {
namespace {

void Collect(const absl::Status& status, errors::Violations* bad) {
  for (const errors::Violation& each : errors::FieldViolations(status)) {
    bad->AddText(each.field, each.description);
  }
}

}  // namespace

void AddPointOptions(CLI::App* command, PointInTime* point) {
  command->add_option("--as-of", point->as_of, "What was true on this day; default today in London")
      ->type_name("YYYY-MM-DD");
  command
      ->add_option("--known-at", point->known_at,
                   "By what had been recorded by this moment; default everything so far")
      ->type_name("YYYY-MM-DDTHH:MM:SSZ");
  command
      ->add_option("--at-least", point->at_least,
                   "Answer only from this revision on (base64, from a write); may be repeated")
      ->type_name("TOKEN")
      ->allow_extra_args(false);
}

absl::Status ReadPoint(const PointInTime& point, type::v1::AsOf* as_of, bool* has_as_of,
                       std::vector<type::v1::Revision>* at_least) {
  errors::Violations bad;
  if (!point.as_of.empty()) {
    const absl::StatusOr<type::v1::Date> day = DateFrom("--as-of", point.as_of);
    Collect(day.status(), &bad);
    if (day.ok()) *as_of->mutable_effective_date() = *day;
  }
  if (!point.known_at.empty()) {
    const absl::StatusOr<google::protobuf::Timestamp> moment =
        MomentFrom("--known-at", point.known_at);
    Collect(moment.status(), &bad);
    if (moment.ok()) *as_of->mutable_known_at() = *moment;
  }
  *has_as_of = !point.as_of.empty() || !point.known_at.empty();
  for (const std::string& token : point.at_least) {
    const absl::StatusOr<type::v1::Revision> revision = RevisionFrom("--at-least", token);
    Collect(revision.status(), &bad);
    if (revision.ok()) at_least->push_back(*revision);
  }
  return bad.ToStatus();
}

}  // namespace assay::cli
