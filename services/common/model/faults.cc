#include "services/common/model/faults.h"

#include "services/common/errors/violations.h"
#include "services/common/model/checks.h"

namespace assay::model {

void Faults::Add(const std::string& field, const absl::AlphaNum& got, absl::string_view want) {
  Add(check::kFieldInvalid, field, got, want);
}

// The words are those of errors::Violations, which also cuts and cleans what came.
void Faults::Add(absl::string_view check, const std::string& field, const absl::AlphaNum& got,
                 absl::string_view want) {
  ++count_;
  if (kept_.size() >= kMaxKept) return;
  errors::Violations one;
  one.Add(field, got, want);
  for (const errors::Violation& violation : one.kept()) {
    kept_.push_back({std::string(check), violation.field, violation.description});
  }
}

void Faults::AddText(const std::string& field, absl::string_view message) {
  AddText(check::kFieldInvalid, field, message);
}

void Faults::AddText(absl::string_view check, const std::string& field, absl::string_view message) {
  ++count_;
  if (kept_.size() >= kMaxKept) return;
  errors::Violations one;
  one.AddText(field, message);
  for (const errors::Violation& violation : one.kept()) {
    kept_.push_back({std::string(check), violation.field, violation.description});
  }
}

absl::Status Faults::ToStatus() const {
  errors::Violations all;
  for (const Fault& fault : kept_) all.AddText(fault.field, fault.message);
  return all.ToStatus();
}

}  // namespace assay::model
