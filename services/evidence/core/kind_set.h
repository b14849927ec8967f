#pragma once

// A set of kinds of record, and how a request names one.
//
// Thread safety: plain values. Cost: one word.

#include <cstdint>
#include <initializer_list>

#include "google/protobuf/repeated_field.h"

#include "assay/evidence/v1/record.pb.h"
#include "services/common/errors/violations.h"

namespace assay::evidence {

class KindSet {
 public:
  // Of no kinds.
  constexpr KindSet() = default;
  constexpr KindSet(std::initializer_list<v1::RecordKind> kinds) {
    for (const v1::RecordKind kind : kinds) bits_ |= Bit(kind);
  }
  static constexpr KindSet All() { return KindSet(-1); }

  constexpr bool Has(v1::RecordKind kind) const { return (bits_ & Bit(kind)) != 0; }
  constexpr KindSet With(KindSet other) const { return KindSet(bits_ | other.bits_); }
  constexpr KindSet Without(KindSet other) const { return KindSet(bits_ & ~other.bits_); }
  // Bit n stands for the kind of number n: how a statement is asked.
  constexpr int64_t bits() const { return bits_; }

 private:
  constexpr explicit KindSet(int64_t bits) : bits_(bits) {}
  static constexpr int64_t Bit(v1::RecordKind kind) { return int64_t{1} << kind; }

  int64_t bits_ = 0;
};

// The kinds that the field `kinds` of a request names; `otherwise` where it is empty. Violations
// for numbers that are no kinds.
KindSet CheckKinds(const google::protobuf::RepeatedField<int>& kinds, KindSet otherwise,
                   errors::Violations& bad);

}  // namespace assay::evidence
