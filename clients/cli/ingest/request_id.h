// Request ids that follow from what is written, so that a repeated run writes nothing anew and an
// interrupted one is simply run again.
//
// Thread safety: pure. Cost: one serialization and one SHA-256 of the write, about two
// microseconds.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "assay/evidence/v1/record_service.pb.h"

namespace assay::ingest {

// A UUID (version 8, RFC 9562) of SHA-256 over `assay.request.v1`, the scope, and the write without
// its request id. The scope keeps importers apart ("cqc-api"); what identifies the record is part
// of the write: its subject, source reference and content. At most 255 bytes of scope count.
std::string RequestIdOf(absl::string_view scope, const evidence::v1::RecordWrite& write);

// Sets the request id of whichever write this is.
void SetRequestId(absl::string_view scope, evidence::v1::RecordWrite* write);

// The request id of whichever write this is; empty for none.
const std::string& RequestIdIn(const evidence::v1::RecordWrite& write);

}  // namespace assay::ingest
