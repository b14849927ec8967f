#include "services/common/digest/die.h"

#include <cstdio>
#include <cstdlib>

namespace assay::digest::internal {

void Die(const char* what) {
  std::fprintf(stderr, "assay: fatal: %s\n", what);
  std::abort();
}

}  // namespace assay::digest::internal
