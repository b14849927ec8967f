#include "services/common/model/bearing.h"

namespace assay::model {
namespace {

using evidence::v1::Record;

// `evidence` of `locations/1-102/evidence/{id}`.
absl::string_view CollectionOf(absl::string_view record_name) {
  const size_t id = record_name.rfind('/');
  if (id == absl::string_view::npos) return "";
  const absl::string_view parent = record_name.substr(0, id);
  return parent.substr(parent.rfind('/') + 1);
}

}  // namespace

bool KindMayBear(evidence::v1::RecordKind kind) {
  switch (kind) {
    case evidence::v1::RECORD_KIND_PROVIDER:
    case evidence::v1::RECORD_KIND_LOCATION:
    case evidence::v1::RECORD_KIND_SERVICE:
    case evidence::v1::RECORD_KIND_AREA:
    case evidence::v1::RECORD_KIND_JUDGEMENT:
    case evidence::v1::RECORD_KIND_REGULATORY_ACTION:
    case evidence::v1::RECORD_KIND_OVERRIDE:
    case evidence::v1::RECORD_KIND_RETRACTION:
      return true;
    default:
      return false;
  }
}

bool BearsOnRatings(const Record& record) {
  switch (record.content_case()) {
    case Record::kEvidence:
    case Record::kPublication:
    case Record::kErasure:
    case Record::CONTENT_NOT_SET:
      return false;
    case Record::kRetraction: {
      const absl::string_view target = CollectionOf(record.retraction().record());
      return target != "evidence" && target != "publications";
    }
    default:
      return true;
  }
}

}  // namespace assay::model
