#pragma once

// Crosswalks: which item of a later version follows which of an earlier one. Read from text files
// and checked against the versions that they join.
//
// Thread safety: pure. Cost: linear in the pairs, and in the versions once.

#include <memory>
#include <vector>

#include "assay/framework/v1/framework.pb.h"
#include "services/common/version/finding.h"
#include "services/common/version/load.h"
#include "services/common/version/version_text.h"

namespace assay::version {

// A crosswalk has at most so many pairs, a catalogue so many crosswalks.
inline constexpr int kMaxCrosswalkPairs = 4096;
inline constexpr std::size_t kMaxCrosswalks = 256;

struct CrosswalkResult {
  // Those without a fault, by name.
  std::vector<std::shared_ptr<const framework::v1::Crosswalk>> crosswalks;
  // Every fault of every text, in the order of the texts. Empty: all is well.
  std::vector<Diagnostic> problems;
};

// Loads all crosswalks between `versions` (which need not be loaded in any order). Beside what
// CheckCrosswalk finds in each: two of one name or between the same two versions, a way from a
// version back to itself, and, where `options` ask for it, a file that is not called
// `{source}_to_{target}.txtpb` (`cqc-saf@2023-11_to_cqc-saf@2024-12.txtpb`).
CrosswalkResult LoadCrosswalks(const std::vector<SourceText>& sources,
                               const std::vector<const framework::v1::FrameworkVersion*>& versions,
                               const LoadOptions& options = {});

// What is wrong with one crosswalk: its names, versions that are not among `versions`, a pair whose
// source or target its version does not have, that leads from an item to a group or from a group to
// an item, that has no strength or comes twice, no pairs or too many.
std::vector<Finding> CheckCrosswalk(
    const framework::v1::Crosswalk& crosswalk,
    const std::vector<const framework::v1::FrameworkVersion*>& versions);

}  // namespace assay::version
