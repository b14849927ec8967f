#pragma once

// Where the compiler stands in a version, `scoring_model.ladders[0].stages[1].caps[0].at_most`:
// links from each step to the one before it, which become a text only where there is a fault to
// tell. A model without faults is compiled without making one.
//
// Thread safety: plain data. Ownership: borrows the path before it and the name, which outlive it;
// so steps are made from named paths, never from temporaries. Cost: none until it is read.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace assay::model {

class Path {
 public:
  // The first step. Index -1: the field is not an entry of a list.
  constexpr Path(absl::string_view field, int index = -1)  // NOLINT: a name is a path
      : field_(field), index_(index) {}
  constexpr Path(const char* field) : field_(field) {}  // NOLINT: likewise

  // A field below this path, or an entry of the list in it. `field` may be several, `a.b`.
  constexpr Path At(absl::string_view field, int index = -1) const& {
    return Path(this, field, index);
  }
  Path At(absl::string_view field, int index = -1) const&& = delete;

  std::string ToString() const {
    std::string text = before_ == nullptr ? "" : absl::StrCat(before_->ToString(), ".");
    absl::StrAppend(&text, field_);
    if (index_ >= 0) absl::StrAppend(&text, "[", index_, "]");
    return text;
  }
  operator std::string() const { return ToString(); }  // NOLINT: faults take texts

 private:
  constexpr Path(const Path* before, absl::string_view field, int index)
      : before_(before), field_(field), index_(index) {}

  const Path* before_ = nullptr;
  absl::string_view field_;
  int index_ = -1;
};

// Below which lie ladders, tables and what else makes a scoring model.
inline constexpr Path kScoringModel("scoring_model");

}  // namespace assay::model
