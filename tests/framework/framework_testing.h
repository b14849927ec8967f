#pragma once

// What tests of the framework service share: the sample version as a message, and a folder.
//
// Thread safety: pure functions. Ownership: a TemporaryFolder removes itself and what is in it.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "assay/framework/v1/framework.pb.h"
#include "services/framework/core/held_version.h"
#include "services/framework/core/merge.h"
#include "tests/common/version/sample_version.h"

namespace assay::framework {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = (std::filesystem::temp_directory_path() / "assay_framework_XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string File(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

// `frameworks/sample/versions/2024` and its like, without a fault, from the first day of `year`.
inline v1::FrameworkVersion SampleVersion(const std::string& version = "2024", int year = 2024,
                                          const std::string& framework = "sample") {
  std::vector<version::Diagnostic> faults;
  auto parsed = version::ParseVersionText(version::SampleSource(framework, version), &faults);
  if (!parsed) std::abort();
  parsed->version.mutable_effective_from()->set_year(year);
  return parsed->version;
}

// As it is held.
inline HeldVersion Held(const v1::FrameworkVersion& version,
                        v1::VersionState state = v1::VERSION_STATE_DRAFT) {
  auto held = Hold(version, state);
  if (!held.ok()) std::abort();
  return *std::move(held);
}

// As it is served.
inline VersionPtr Served(const v1::FrameworkVersion& version,
                         v1::VersionState state = v1::VERSION_STATE_PUBLISHED) {
  auto served = Serve(Held(version, state));
  if (!served.ok()) std::abort();
  return *std::move(served);
}

}  // namespace assay::framework
