#include "services/common/names/subject_kind.h"

#include "gtest/gtest.h"

namespace assay::names {
namespace {

TEST(SubjectKindTest, SaysOfAWellFormedNameWhatParsingItSays) {
  for (const char* name : {"providers/1-101", "locations/1-102", "areas/icb.QHL",
                           "locations/1-102/services/homecare", "areas/la.services"}) {
    const Subject subject = Subject::Parse(name).value();
    EXPECT_EQ(KindOfWellFormed(name), subject.kind()) << name;
    EXPECT_EQ(RootOfWellFormed(name), subject.Root().name()) << name;
  }
}

}  // namespace
}  // namespace assay::names
