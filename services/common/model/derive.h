#pragma once

// The proof of a rating's arithmetic, and the same in plain English.
//
// Thread safety: pure. Cost: some tens of microseconds, and one rating more for each cap that
// bound.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/timestamp.pb.h"

#include "assay/scoring/v1/derivation.pb.h"
#include "services/common/model/rate.h"

namespace assay::model {

struct DeriveOptions {
  // The moment of knowledge, where one was asked for; not owned, may be null.
  const google::protobuf::Timestamp* known_at = nullptr;
  // Digest of the subject's newest leaf, 32 bytes; empty where the record keeps none.
  absl::string_view chain_head;
};

// The derivation of an evaluation made from `state`: facts, inputs in the model's order of nodes,
// steps in the order taken, and its digest. Its effective date is the first day of the state's
// validity, so that it is the same for every day of it. INVALID_ARGUMENT only where a text in it is
// not UTF-8.
absl::StatusOr<scoring::v1::Derivation> Derive(const Evaluation& evaluation, const State& state,
                                               const DeriveOptions& options = {});

// What the overall outcome would be without any cap at any node. Costs one rating; 0: unrated.
Level OverallWithoutCaps(const Evaluation& evaluation, const State& state);

// The derivation in sentences, from the model's own words: how each group and the overall came
// about, with the share of points, the band, the cap that bound and what would be without it. One
// line each.
std::vector<std::string> Explain(const Evaluation& evaluation, const State& state);

}  // namespace assay::model
