#pragma once

// A method's function made into a handler of the adapter.
//
// Thread safety: as the function. Ownership: borrows the backend.

#include "absl/status/statusor.h"

#include "services/common/server/call_context.h"
#include "services/evidence/api/backend.h"

namespace assay::evidence {

template <class Request, class Answer>
auto Bound(const Backend* backend,
           absl::StatusOr<Answer> (*function)(const Backend&, const Request&)) {
  return [backend, function](server::CallContext&, const Request& request) {
    return function(*backend, request);
  };
}

}  // namespace assay::evidence
