#pragma once

// Under what name a rendered result is cached. The name holds everything that the bytes depend on,
// so that a cached value never changes and nothing ever needs invalidating.
//
// Thread safety: values. Cost: ToString() is one allocation of some 150 bytes.

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

#include "services/common/clock/day.h"
#include "services/common/digest/digest.h"

namespace assay::scoring {

// The point in the record that a result rests on: for one subject the counter of the last change
// that touches it, for a composite (a provider, an area) the digest of its parts' counters. The two
// never compare equal.
class SubjectRevision {
 public:
  // Counter 0: nothing is recorded.
  SubjectRevision() = default;

  static SubjectRevision OfCounter(std::uint64_t counter) {
    SubjectRevision revision;
    revision.counter_ = counter;
    return revision;
  }

  static SubjectRevision OfParts(const digest::Digest& parts) {
    SubjectRevision revision;
    revision.of_parts_ = true;
    revision.parts_ = parts;
    return revision;
  }

  // `c42`, or `d` and 64 hex digits.
  std::string ToString() const;

  friend bool operator==(const SubjectRevision& a, const SubjectRevision& b) {
    return a.of_parts_ == b.of_parts_ && a.counter_ == b.counter_ && a.parts_ == b.parts_;
  }
  friend bool operator!=(const SubjectRevision& a, const SubjectRevision& b) { return !(a == b); }

 private:
  bool of_parts_ = false;
  std::uint64_t counter_ = 0;
  digest::Digest parts_;
};

// The whole name of a rendered result. Texts may hold any bytes; ToString() escapes them, so that
// two different keys never give the same string.
struct CacheKey {
  // The subject's partition, 0 to 256. In a Redis Cluster all of a partition lies on one node.
  int partition = 0;
  // Epoch of the record that the revision belongs to.
  std::string epoch;
  // Number of the rendering code, raised with each change of what it writes.
  int render_version = 0;
  // Digest of the model that rated, or of all models where several did.
  std::string model_digest;
  // What the result is about: a resource name.
  std::string subject;
  // Which rendering of it, with all its parameters: `basic`, `full`, `summary?sector=homecare`.
  std::string view;
  SubjectRevision revision;
  // First day of the validity interval that holds the day asked for.
  clock::Day valid_from;

  // `{p017}:<epoch>:r<render version>:<model>:<subject>:<view>:<revision>:<day>`. Bytes of a text
  // other than letters, digits and `-._~/` are written as `%` and two hex digits.
  std::string ToString() const;
};

}  // namespace assay::scoring
