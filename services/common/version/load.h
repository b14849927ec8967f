#pragma once

// From texts to versions that are fit to rate by: parsed, checked, compiled, digested.
//
// Thread safety: pure. Cost: a few milliseconds a version, and as Prove where it is asked for.

#include <memory>
#include <string>
#include <vector>

#include "assay/framework/v1/framework.pb.h"
#include "services/common/model/model.h"
#include "services/common/version/finding.h"
#include "services/common/version/version_text.h"

namespace assay::version {

struct LoadedVersion {
  // The file it came from.
  std::string file;
  // With its output-only fields: state, digests, etag, names of items.
  std::shared_ptr<const framework::v1::FrameworkVersion> version;
  // Ready to rate by.
  std::shared_ptr<const model::CompiledModel> model;
};

struct LoadResult {
  // Those without a fault, by framework, then by first day, then by name.
  std::vector<LoadedVersion> versions;
  // Every fault of every text, in the order of the texts. Empty: all is well.
  std::vector<Diagnostic> problems;
};

struct LoadOptions {
  // Whether a file must be called as its version is, `cqc-saf@2024-12.txtpb`; default yes.
  bool check_file_names = true;
  // Whether each version is proven too (services/common/model/prove.h), and refused for the errors
  // that are found; default no.
  bool prove = false;
};

// Loads all texts of one catalogue. Beside the faults of each: a version that stands in two files,
// versions of one framework that disagree on the framework's name or publisher.
LoadResult LoadVersions(const std::vector<SourceText>& sources, const LoadOptions& options = {});

}  // namespace assay::version
