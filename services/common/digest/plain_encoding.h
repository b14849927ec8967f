#pragma once

// The quick way to canonical bytes (canonical.h), which nearly every message may take: protobuf
// serializes it, and one pass over the bytes proves that they are canonical. Private to this
// folder.
//
// Thread safety: pure; what is known of a type is kept from its first message on, behind a lock.
// Cost: protobuf's own serialization and about a nanosecond a byte.

#include <cstdint>
#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace assay::digest::internal {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

WireType WireTypeOf(google::protobuf::FieldDescriptor::Type type);

// Why no value of this field can be encoded, or null.
const char* Refusal(const google::protobuf::FieldDescriptor& field);

// Appends the canonical bytes of `message` to `out`, which is empty, and says true; or says false,
// and `out` is anything: the message cannot be encoded, or its type has fields that protobuf writes
// in another way than canonical bytes do, or refused ones.
//
// An unknown field is found by its number. One that a program, and no parser, gave the number of a
// field that is known and unset is taken for that field, which is what its bytes say.
bool EncodePlain(const google::protobuf::Message& message, std::string& out);

}  // namespace assay::digest::internal
