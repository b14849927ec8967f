#pragma once

// Protobuf's wire format, written and read directly where a message object would cost too much.
//
// Thread safety: pure. Cost: nothing but the bytes.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace assay::evidence::wire {

enum Type : unsigned { kVarint = 0, kFixed64 = 1, kDelimited = 2, kFixed32 = 5 };

// The longest varint.
inline constexpr size_t kMaxVarint = 10;

// Writes a varint, of at most kMaxVarint bytes, and returns where it ends.
inline char* PutVarint(uint64_t value, char* to) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

// A field's tag, and a number after it: the value of a varint, the length of what is delimited.
inline void AddHead(int field, Type type, uint64_t number, std::string& out) {
  char head[2 * kMaxVarint];
  char* const tagged = PutVarint(static_cast<unsigned>(field) << 3 | type, head);
  out.append(head, static_cast<size_t>(PutVarint(number, tagged) - head));
}

// Fields without presence are left out at their default, as in the two that follow.
inline void AddNumber(int field, int64_t value, std::string& out) {
  if (value != 0) AddHead(field, kVarint, static_cast<uint64_t>(value), out);
}

inline void AddMessage(int field, absl::string_view bytes, std::string& out) {
  AddHead(field, kDelimited, bytes.size(), out);
  out.append(bytes.data(), bytes.size());
}

inline void AddBytes(int field, absl::string_view bytes, std::string& out) {
  if (!bytes.empty()) AddMessage(field, bytes, out);
}

inline bool ReadVarint(absl::string_view& bytes, uint64_t* value) {
  *value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// One field of a message.
struct Field {
  int number = 0;
  Type type = kVarint;
  // With its tag.
  absl::string_view whole;
  // Of a delimited one its content.
  absl::string_view content;
};

// Takes the next field off the front; false where there is none that is well formed.
inline bool ReadField(absl::string_view& bytes, Field* field) {
  const absl::string_view before = bytes;
  uint64_t tag = 0;
  uint64_t length = 0;
  if (!ReadVarint(bytes, &tag)) return false;
  field->number = static_cast<int>(tag >> 3);
  field->type = static_cast<Type>(tag & 7);
  switch (field->type) {
    case kVarint:
      if (!ReadVarint(bytes, &length)) return false;
      length = 0;
      break;
    case kFixed64:
      length = 8;
      break;
    case kFixed32:
      length = 4;
      break;
    case kDelimited:
      if (!ReadVarint(bytes, &length)) return false;
      break;
    default:
      return false;
  }
  if (length > bytes.size()) return false;
  field->content = bytes.substr(0, length);
  bytes.remove_prefix(length);
  field->whole = before.substr(0, before.size() - bytes.size());
  return true;
}

}  // namespace assay::evidence::wire
