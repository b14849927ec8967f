#include "services/common/text/uuid.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(IsUuidTest, KnowsTheTextForm) {
  EXPECT_TRUE(IsUuid("018fd0a1-b2c3-7000-8000-000000000000"));
  for (const char* bad :
       {"", "018fd0a1-b2c3-7000-8000-00000000000", "018FD0A1-b2c3-7000-8000-000000000000",
        "018fd0a1b2c3-7000-8000-0000000000000", "{18fd0a1-b2c3-7000-8000-00000000000}",
        "018fd0a1-b2c3-7000-8000-0000000000000", "018fd0a1-b2c3-7000-8000-00000000000g"}) {
    EXPECT_FALSE(IsUuid(bad)) << bad;
  }
}

}  // namespace
}  // namespace assay::text
