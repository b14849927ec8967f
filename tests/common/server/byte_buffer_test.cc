#include "services/common/server/byte_buffer.h"

#include <string>

#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"

namespace assay::server {
namespace {

TEST(ByteBufferTest, AMessageSurvivesTheTripAlsoInPieces) {
  google::rpc::Status message;
  message.set_message(std::string(100000, 'x'));
  EXPECT_EQ(ParseRequest<google::rpc::Status>(RenderBytes(message))->message(), message.message());
  const std::string bytes = message.SerializeAsString();
  const grpc::Slice pieces[] = {grpc::Slice(bytes.substr(0, 1)), grpc::Slice(bytes.substr(1, 5000)),
                                grpc::Slice(bytes.substr(5001))};
  const grpc::ByteBuffer split(pieces, 3);
  EXPECT_EQ(ParseRequest<google::rpc::Status>(split)->message(), message.message());
  // Parsing takes nothing away: it can be done again.
  EXPECT_TRUE(ParseRequest<google::rpc::Status>(split).ok());
}

TEST(ByteBufferTest, AnEmptyMessageIsOneToo) {
  EXPECT_TRUE(ParseRequest<google::rpc::Status>(RenderBytes(google::rpc::Status())).ok());
}

TEST(ByteBufferTest, OtherBytesAreRefused) {
  grpc::Slice slice("\x0a\xff");
  const auto parsed = ParseRequest<google::rpc::Status>(grpc::ByteBuffer(&slice, 1));
  EXPECT_EQ(errors::Reason(parsed.status()), "REQUEST_INVALID");
  const grpc::Slice pieces[] = {grpc::Slice("\x0a"), grpc::Slice("\xff")};
  for (const grpc::ByteBuffer& bad : {grpc::ByteBuffer(pieces, 2), grpc::ByteBuffer()}) {
    const absl::Status status = ParseRequest<google::rpc::Status>(bad).status();
    EXPECT_EQ(errors::Reason(status), "REQUEST_INVALID");
    EXPECT_EQ(status.message(), parsed.status().message());
  }
}

TEST(ByteBufferTest, SharedBytesLiveUntilTheLastSliceIsGone) {
  auto bytes = std::make_shared<const std::string>(std::string(1000, 'y'));
  const std::weak_ptr<const std::string> weak = bytes;
  {
    const grpc::Slice slice = SharedSlice(bytes);
    EXPECT_EQ(static_cast<const void*>(slice.begin()), bytes->data()) << "not copied";
    grpc::ByteBuffer buffer = SharedBytes(std::move(bytes));
    EXPECT_FALSE(weak.expired());
    EXPECT_EQ(buffer.Length(), 1000u);
  }
  EXPECT_TRUE(weak.expired());
}

}  // namespace
}  // namespace assay::server
