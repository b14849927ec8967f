#include "services/common/server/byte_buffer.h"

#include <utility>

#include "google/protobuf/io/zero_copy_stream.h"
#include "grpcpp/support/proto_buffer_reader.h"

#include "services/common/errors/errors.h"

namespace assay::server {

namespace {

absl::Status Unparsed(const google::protobuf::MessageLite& wanted) {
  return errors::InvalidArgument("request", "bytes that cannot be parsed", wanted.GetTypeName());
}

}  // namespace

absl::Status ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message) {
  // Short requests, which are the most, come in one piece.
  grpc::Slice whole;
  if (bytes.TrySingleSlice(&whole).ok()) {
    if (message->ParseFromArray(whole.begin(), static_cast<int>(whole.size()))) {
      return absl::OkStatus();
    }
    return Unparsed(*message);
  }
  // The reader needs a buffer it may note positions in; copying one shares the slices.
  grpc::ByteBuffer shared = bytes;
  grpc::ProtoBufferReader reader(&shared);
  if (reader.status().ok() && message->ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  return Unparsed(*message);
}

grpc::ByteBuffer RenderBytes(const google::protobuf::MessageLite& message) {
  const size_t size = message.ByteSizeLong();
  grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::Slice SharedSlice(std::shared_ptr<const std::string> bytes) {
  auto* holder = new std::shared_ptr<const std::string>(std::move(bytes));
  // The slice only reads, whatever its signature says.
  return grpc::Slice(
      const_cast<char*>((*holder)->data()), (*holder)->size(),
      [](void* kept) { delete static_cast<std::shared_ptr<const std::string>*>(kept); }, holder);
}

grpc::ByteBuffer SharedBytes(std::shared_ptr<const std::string> bytes) {
  grpc::Slice slice = SharedSlice(std::move(bytes));
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace assay::server
