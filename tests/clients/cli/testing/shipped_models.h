// The shipped framework versions, loaded once for the tests that read them.
#pragma once

#include <memory>
#include <vector>

#include "gtest/gtest.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/model/model.h"
#include "services/common/version/load.h"

namespace assay::testing {

// Every version of the catalogue in the source tree; a fault fails the test.
inline std::vector<std::shared_ptr<const framework::v1::FrameworkVersion>> ShippedVersions() {
  const catalogue::CatalogueFiles files =
      catalogue::ReadCatalogueDirectory(catalogue::CatalogueDirectory(""));
  const version::LoadResult loaded = version::LoadVersions(files.sources);
  for (const version::Diagnostic& problem : loaded.problems) ADD_FAILURE() << problem.ToString();
  std::vector<std::shared_ptr<const framework::v1::FrameworkVersion>> versions;
  for (const version::LoadedVersion& each : loaded.versions) versions.push_back(each.version);
  return versions;
}

// The same, compiled.
inline std::vector<std::shared_ptr<const model::CompiledModel>> ShippedModels() {
  std::vector<std::shared_ptr<const model::CompiledModel>> models;
  for (const auto& version : ShippedVersions()) {
    auto model = model::CompiledModel::Compile(*version);
    if (model.ok()) {
      models.push_back(*model);
    } else {
      ADD_FAILURE() << model.status();
    }
  }
  return models;
}

inline model::ModelSet ShippedModelSet() {
  model::ModelSet set;
  for (const auto& model : ShippedModels()) {
    auto with = set.With(model);
    if (with.ok()) {
      set = *with;
    } else {
      ADD_FAILURE() << with.status();
    }
  }
  return set;
}

}  // namespace assay::testing
