#pragma once

// Collects what the compiler finds wrong with a version, each fault with the id of its check.
//
// Thread safety: none; one object belongs to one compilation. Cost: a few strings a fault; at most
// kMaxKept faults are kept, however broken the version is.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace assay::model {

// One fault of a version.
struct Fault {
  std::string check;    // id, see checks.h
  std::string field;    // path, `scoring_model.ladders[0].stages[1].scale`; empty: the whole
  std::string message;  // `got X, want Y`
};

class Faults {
 public:
  static constexpr std::size_t kMaxKept = 1000;

  // `field` held `got` where `want` was expected. An empty `got` is told as nothing.
  void Add(const std::string& field, const absl::AlphaNum& got, absl::string_view want);
  void Add(absl::string_view check, const std::string& field, const absl::AlphaNum& got,
           absl::string_view want);
  // A fault that does not fit "got, want".
  void AddText(const std::string& field, absl::string_view message);
  void AddText(absl::string_view check, const std::string& field, absl::string_view message);

  bool empty() const { return count_ == 0; }
  // How many were added, kept or not.
  std::size_t count() const { return count_; }
  const std::vector<Fault>& kept() const { return kept_; }
  std::vector<Fault> Take() { return std::move(kept_); }

  // INVALID_ARGUMENT with as many faults as a gRPC answer holds (errors::Violations).
  absl::Status ToStatus() const;

 private:
  std::vector<Fault> kept_;
  std::size_t count_ = 0;
};

}  // namespace assay::model
