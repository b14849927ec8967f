#include "services/scoring/api/splice.h"

#include <string>

#include "gtest/gtest.h"

#include "assay/scoring/v1/rating_service.pb.h"

namespace assay::scoring {
namespace {

TEST(Splice, MakesWhatProtobufWouldMake) {
  v1::BatchGetRatingsResponse response;
  std::string spliced;
  // Lengths on both sides of where a length takes another byte.
  for (const std::size_t size : {0u, 1u, 100u, 127u, 128u, 16'383u, 16'384u, 70'000u}) {
    v1::BatchGetRatingsResponse::Entry& entry = *response.add_entries();
    entry.set_name("locations/1-102/rating");
    entry.mutable_rating()->set_display_name(std::string(size, 'x'));
    std::string one;
    AppendField(1, entry.name(), &one);
    AppendField(2, entry.rating().SerializeAsString(), &one);
    EXPECT_EQ(one.size(),
              FieldSize(entry.name().size()) + FieldSize(entry.rating().ByteSizeLong()));
    AppendHead(1, one.size(), &spliced);
    spliced += one;
  }
  EXPECT_EQ(spliced, response.SerializeAsString());
}

}  // namespace
}  // namespace assay::scoring
