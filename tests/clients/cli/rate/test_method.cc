#include "tests/clients/cli/rate/test_method.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "clients/cli/catalogue/offline_catalogue.h"

namespace assay::cli {
namespace {

template <class Value>
Value Must(absl::StatusOr<Value> value) {
  if (!value.ok()) {
    std::cerr << value.status() << "\n";
    std::abort();
  }
  return *std::move(value);
}

}  // namespace

Method ShippedMethod(const std::string& short_name) {
  const char* source = std::getenv("ASSAY_SOURCE_DIR");
  const std::string folder =
      absl::StrCat(source == nullptr ? "." : source, "/services/framework/catalogue");
  const std::string name =
      absl::StrCat("frameworks/", absl::StrReplaceAll(short_name, {{"@", "/versions/"}}));
  const VersionPtr version = Must(LoadVersion(name, folder));
  return Must(MakeMethod(Must(model::CompiledModel::Compile(*version))));
}

}  // namespace assay::cli
