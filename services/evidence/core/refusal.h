#pragma once

// Which field of a request a refusal is about, for callers who are told all that is wrong.
//
// Thread safety: pure. Cost: one string.

#include <string>

#include "services/evidence/core/row.h"

namespace assay::evidence {

// What a store looks at before it takes a write.
enum class RefusedFor {
  kSubject,      // whom it is about; of a service its location
  kRoom,         // how many services its location has
  kRequestId,    // the request id
  kService,      // the service that it names
  kSuperseded,   // what it supersedes
  kEtag,         // the etag of what it takes the place of
  kAttachments,  // the attachments that it names
  kErased,       // what it erases
};

// The path of the field in the request that became this write: `parent` of a
// CreateJudgementRequest, `judgement.node.service` too, `name` or `wrong` of a CorrectRequest.
std::string FieldOf(const Write& write, RefusedFor what);

}  // namespace assay::evidence
