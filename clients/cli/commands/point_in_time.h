// The options that say of when an answer is, the same for every read.
//
// Thread safety: none; used while arguments are parsed and a request is made. Cost: none.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "assay/type/v1/revision.pb.h"

namespace CLI {
class App;
}  // namespace CLI

namespace assay::cli {

struct PointInTime {
  std::string as_of;                  // YYYY-MM-DD; empty: today in London
  std::string known_at;               // RFC 3339; empty: everything recorded so far
  std::vector<std::string> at_least;  // revision tokens in base64
};

// Adds --as-of, --known-at and --at-least to a command. `point` outlives the parse.
void AddPointOptions(CLI::App* command, PointInTime* point);

// Sets `as_of` where a day or a moment was given. INVALID_ARGUMENT with every violation.
absl::Status ReadPoint(const PointInTime& point, type::v1::AsOf* as_of, bool* has_as_of,
                       std::vector<type::v1::Revision>* at_least);

// The same into a request that has `as_of` and `at_least`.
template <class Request>
absl::Status FillPoint(const PointInTime& point, Request* request) {
  type::v1::AsOf as_of;
  bool has_as_of = false;
  std::vector<type::v1::Revision> at_least;
  if (absl::Status status = ReadPoint(point, &as_of, &has_as_of, &at_least); !status.ok()) {
    return status;
  }
  if (has_as_of) *request->mutable_as_of() = as_of;
  for (const type::v1::Revision& revision : at_least) *request->add_at_least() = revision;
  return absl::OkStatus();
}

}  // namespace assay::cli
