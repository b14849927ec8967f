#pragma once

// For raw methods, whose request and response are the bytes on the wire: parse a request, and make
// a response from bytes that were rendered before.
//
// Thread safety: pure functions. Ownership: a buffer counts references to its slices; copying one
// copies no bytes.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace assay::server {

// Parses `bytes` into `message`; INVALID_ARGUMENT (REQUEST_INVALID) where they are not such a
// message.
absl::Status ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message);

// As ParseBytes, into a new message.
template <class Message>
absl::StatusOr<Message> ParseRequest(const grpc::ByteBuffer& bytes) {
  Message message;
  absl::Status status = ParseBytes(bytes, &message);
  if (!status.ok()) return status;
  return message;
}

// The wire bytes of `message`. Cost: one allocation of its size.
grpc::ByteBuffer RenderBytes(const google::protobuf::MessageLite& message);

// A slice that shares `bytes` and holds a reference to it until the transport is done: a cached
// result goes out without being copied.
grpc::Slice SharedSlice(std::shared_ptr<const std::string> bytes);

// A response of shared bytes.
grpc::ByteBuffer SharedBytes(std::shared_ptr<const std::string> bytes);

}  // namespace assay::server
