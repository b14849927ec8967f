#pragma once

// All that is wrong with a request, whichever layer found it: fields that are not as they must be,
// which are known before the store is asked, and what the store refuses. Who sends a batch hears of
// every record's faults at once.
//
// Whoever sends a request again gets the first answer, also where an attachment that it names was
// erased since. So where attachments that are not there are all that is wrong with a write, the
// store is asked what it knows of it; it refuses what is new, since no attachment has an empty
// digest.
//
// Thread safety: none; one object belongs to one call. Cost: where nothing is wrong, nothing but
// what preparing costs.

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/types/optional.h"

#include "services/common/errors/violations.h"
#include "services/evidence/api/backend.h"
#include "services/evidence/core/batch.h"

namespace assay::evidence {

// Makes the writes of a request.
class BatchPreparer {
 public:
  // `named` is what the request names and `known` what there is of it.
  BatchPreparer(const Backend& backend, const References& named, Known known);
  BatchPreparer(const BatchPreparer&) = delete;
  BatchPreparer& operator=(const BatchPreparer&) = delete;

  // One write: `make(context, bad)` prepares it and notes what is wrong in `bad`. Where something
  // is, the write is a stand-in, or one that gets its first answer or is refused.
  template <typename Make>
  Write Prepare(const Make& make, errors::Violations& bad) const {
    const size_t before = bad.count();
    Write write = make(context_, bad);
    if (bad.count() == before || missing_.empty()) return write;
    errors::Violations other;
    Write again = make(pretended_context_, other);
    if (!other.empty()) return write;
    Spoil(again);
    return again;
  }

 private:
  void Spoil(Write& write) const;

  const Known known_;
  Known pretended_;
  // Digests of attachments that are named and not there.
  absl::flat_hash_set<std::string> missing_;
  PrepareContext context_;
  PrepareContext pretended_context_;
};

// Adds what the store refused of a write, with paths below `prefix`. `told`: what is wrong with its
// attachments was noted before.
void AddRefusals(const WriteResult& write, const std::string& prefix, bool told,
                 errors::Violations& all);

// A refusal with the details of all that is wrong. Code and reason are the first one's; where there
// are several the message names them all.
absl::Status WithAll(const absl::Status& first, const errors::Violations& all);

// Why a batch that was to be written whole was not. `bad` is what was wrong with it before it went
// to the store, `prefix_of(at)` the path of its write number `at`. OK where it was written, or
// answered as it was before.
template <typename PrefixOf>
absl::Status WhyRefused(const BatchResult& result, bool check_only, const errors::Violations& bad,
                        absl::optional<errors::ResourceType> type, const PrefixOf& prefix_of) {
  if (result.status.ok() && !check_only) return absl::OkStatus();
  // The store failed. What is wrong with the request is so all the same.
  if (result.writes.empty() && !check_only) return result.status;
  errors::Violations all = bad;
  for (size_t at = 0; at < result.writes.size(); ++at) {
    if (result.writes[at].status.ok()) continue;
    AddRefusals(result.writes[at], prefix_of(at), !bad.empty(), all);
  }
  if (bad.empty()) return WithAll(result.status, all);
  return type.has_value() ? all.ToStatus(*type) : all.ToStatus();
}

}  // namespace assay::evidence
