#pragma once

// Which kind of resource an error about a subject or a record is about.
//
// Thread safety: pure.

#include "absl/strings/string_view.h"

#include "assay/evidence/v1/record.pb.h"
#include "services/common/errors/resource_type.h"
#include "services/common/names/names.h"

namespace assay::evidence {

errors::ResourceType TypeOfSubject(names::SubjectKind kind);

// By its well-formed name.
errors::ResourceType TypeOfSubject(absl::string_view name);

errors::ResourceType TypeOfRecord(v1::RecordKind kind);

// The kind of the records that a collection of a subject holds.
v1::RecordKind KindOf(names::RecordKind collection);

// Whether a record of this kind is a state of the registry.
bool IsState(v1::RecordKind kind);

}  // namespace assay::evidence
