#pragma once

// What is wrong with a framework version: by field (a finding) and by place in a file (a
// diagnostic).
//
// Thread safety: values; Findings belongs to one thread. Cost: a few strings each.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/model/checks.h"

namespace assay::version {

// One fault of a version, whatever form the version came in.
struct Finding {
  // Path of the field, as `scoring_model.ladders[0].stages[1].scale`. Empty: the version as a
  // whole.
  std::string field;
  // The fault in words: `got X, want Y`.
  std::string message;
  // Id of the check that found it (services/common/model/checks.h).
  std::string check = model::check::kFieldInvalid;
};

// One fault with its place in a text file.
struct Diagnostic {
  // The file as it was named to the reader, without its folder.
  std::string file;
  // From 1; 0 where the fault has no place (a file that cannot be read).
  int line = 0;
  int column = 0;
  std::string field;
  std::string message;
  // Id of the check that found it (services/common/model/checks.h).
  std::string check = model::check::kFieldInvalid;

  // "cqc-saf@2024-12.txtpb:12:3: items[0].id: got ..., want ...", without the parts that are
  // unknown.
  std::string ToString() const;
};

// One diagnostic a line, in the order given; at most `limit` of them, then how many were left out.
std::string JoinDiagnostics(const std::vector<Diagnostic>& diagnostics, std::size_t limit = 100);

// Collects findings.
class Findings {
 public:
  // `field` held `got` (any bytes, quoted and cut) where `want` was expected. An empty `got` is
  // told as nothing.
  void Add(absl::string_view field, absl::string_view got, absl::string_view want);

  // A fault that does not fit "got, want".
  void AddText(absl::string_view field, absl::string_view message);

  // Either, found by another check than `field-invalid`.
  void AddAs(absl::string_view check, absl::string_view field, absl::string_view got,
             absl::string_view want);
  void AddTextAs(absl::string_view check, absl::string_view field, absl::string_view message);

  const std::vector<Finding>& all() const { return all_; }
  std::vector<Finding> Take() { return std::move(all_); }

 private:
  std::vector<Finding> all_;
};

}  // namespace assay::version
