// Where the data lies that the project reads but does not hold. Tests that use it skip without it.
#pragma once

#include <cstdlib>
#include <string>

namespace assay::testing {

// The folder of the shared data: ASSAY_SHARED_DATA, else `shared/data` beside the source tree.
inline std::string SharedData() {
  if (const char* data = std::getenv("ASSAY_SHARED_DATA")) return data;
  const char* source = std::getenv("ASSAY_SOURCE_DIR");
  return std::string(source == nullptr ? "." : source) + "/../shared/data";
}

}  // namespace assay::testing
