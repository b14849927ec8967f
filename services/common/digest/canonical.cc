#include "services/common/digest/canonical.h"

#include <cstdint>
#include <deque>
#include <set>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "services/common/digest/plain_encoding.h"
#include "services/common/text/quote.h"
#include "services/common/text/utf8.h"

namespace assay::digest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

using internal::kLengthDelimited;
using internal::Refusal;
using internal::WireType;
using internal::WireTypeOf;

constexpr std::size_t kMaxDomainTagBytes = 128;

void AppendVarint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void AppendLittleEndian(std::uint64_t value, int size, std::string& out) {
  for (int i = 0; i < size; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

void AppendDelimited(absl::string_view bytes, std::string& out) {
  AppendVarint(bytes.size(), out);
  out.append(bytes.data(), bytes.size());
}

std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::uint64_t SignExtend(std::int32_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

// Reads one value of a field, singular (index -1) or an element of a repeated one.
class Value {
 public:
  Value(const Message& message, const FieldDescriptor& field, int index)
      : message_(message), reflection_(*message.GetReflection()), field_(field), index_(index) {}

  // The payload of a scalar that is no string, without tag.
  void AppendScalar(std::string& out) const {
    switch (field_.type()) {
      case FieldDescriptor::TYPE_INT32:
        return AppendVarint(SignExtend(Int32()), out);
      case FieldDescriptor::TYPE_SINT32:
        return AppendVarint(ZigZag(Int32()), out);
      case FieldDescriptor::TYPE_SFIXED32:
        return AppendLittleEndian(static_cast<std::uint32_t>(Int32()), 4, out);
      case FieldDescriptor::TYPE_INT64:
        return AppendVarint(static_cast<std::uint64_t>(Int64()), out);
      case FieldDescriptor::TYPE_SINT64:
        return AppendVarint(ZigZag(Int64()), out);
      case FieldDescriptor::TYPE_SFIXED64:
        return AppendLittleEndian(static_cast<std::uint64_t>(Int64()), 8, out);
      case FieldDescriptor::TYPE_UINT32:
        return AppendVarint(Uint32(), out);
      case FieldDescriptor::TYPE_FIXED32:
        return AppendLittleEndian(Uint32(), 4, out);
      case FieldDescriptor::TYPE_UINT64:
        return AppendVarint(Uint64(), out);
      case FieldDescriptor::TYPE_FIXED64:
        return AppendLittleEndian(Uint64(), 8, out);
      case FieldDescriptor::TYPE_BOOL:
        return AppendVarint(Bool() ? 1 : 0, out);
      default:
        return AppendVarint(SignExtend(EnumNumber()), out);
    }
  }

  const std::string& String(std::string& scratch) const {
    return Repeated() ? reflection_.GetRepeatedStringReference(message_, &field_, index_, &scratch)
                      : reflection_.GetStringReference(message_, &field_, &scratch);
  }

  const Message& Submessage() const {
    return Repeated() ? reflection_.GetRepeatedMessage(message_, &field_, index_)
                      : reflection_.GetMessage(message_, &field_);
  }

 private:
  bool Repeated() const { return index_ >= 0; }
  std::int32_t Int32() const {
    return Repeated() ? reflection_.GetRepeatedInt32(message_, &field_, index_)
                      : reflection_.GetInt32(message_, &field_);
  }
  std::int64_t Int64() const {
    return Repeated() ? reflection_.GetRepeatedInt64(message_, &field_, index_)
                      : reflection_.GetInt64(message_, &field_);
  }
  std::uint32_t Uint32() const {
    return Repeated() ? reflection_.GetRepeatedUInt32(message_, &field_, index_)
                      : reflection_.GetUInt32(message_, &field_);
  }
  std::uint64_t Uint64() const {
    return Repeated() ? reflection_.GetRepeatedUInt64(message_, &field_, index_)
                      : reflection_.GetUInt64(message_, &field_);
  }
  bool Bool() const {
    return Repeated() ? reflection_.GetRepeatedBool(message_, &field_, index_)
                      : reflection_.GetBool(message_, &field_);
  }
  int EnumNumber() const {
    return Repeated() ? reflection_.GetRepeatedEnumValue(message_, &field_, index_)
                      : reflection_.GetEnumValue(message_, &field_);
  }

  const Message& message_;
  const Reflection& reflection_;
  const FieldDescriptor& field_;
  const int index_;
};

class Encoder {
 public:
  absl::Status AppendMessage(const Message& message, std::string& out) {
    if (path_.size() > static_cast<std::size_t>(kMaxCanonicalDepth)) {
      return absl::ResourceExhaustedError(
          absl::StrCat(Where(), " lies deeper than ", kMaxCanonicalDepth, " submessages"));
    }
    if (message.GetDescriptor()->full_name() == "google.protobuf.Any") {
      return Error("is a google.protobuf.Any, whose bytes are not fixed");
    }
    const Reflection& reflection = *message.GetReflection();
    if (const auto& unknown = reflection.GetUnknownFields(message); !unknown.empty()) {
      return Error(absl::StrCat("has the unknown field ", unknown.field(0).number()));
    }
    // Each depth keeps its list from message to message.
    if (fields_.size() <= path_.size()) fields_.emplace_back();
    std::vector<const FieldDescriptor*>& fields = fields_[path_.size()];
    reflection.ListFields(message, &fields);  // set ones only, in ascending number
    for (const FieldDescriptor* field : fields) {
      path_.push_back(field);
      if (absl::Status status = AppendField(message, *field, out); !status.ok()) return status;
      path_.pop_back();
    }
    if (out.size() > kMaxCanonicalBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(Where(), " takes more than ", kMaxCanonicalBytes, " bytes to encode"));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status AppendField(const Message& message, const FieldDescriptor& field, std::string& out) {
    if (const char* refusal = Refusal(field); refusal != nullptr) return Error(refusal);
    if (!field.is_repeated()) return AppendOne(message, field, -1, out);
    const int size = message.GetReflection()->FieldSize(message, &field);
    if (WireTypeOf(field.type()) != kLengthDelimited) {
      std::string packed;
      for (int i = 0; i < size; ++i) Value(message, field, i).AppendScalar(packed);
      AppendTag(field, kLengthDelimited, out);
      AppendDelimited(packed, out);
      return absl::OkStatus();
    }
    for (int i = 0; i < size; ++i) {
      if (absl::Status status = AppendOne(message, field, i, out); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status AppendOne(const Message& message, const FieldDescriptor& field, int index,
                         std::string& out) {
    const Value value(message, field, index);
    AppendTag(field, WireTypeOf(field.type()), out);
    if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      return AppendSubmessage(value.Submessage(), out);
    }
    if (WireTypeOf(field.type()) == kLengthDelimited) {
      std::string scratch;
      const std::string& bytes = value.String(scratch);
      if (field.type() == FieldDescriptor::TYPE_STRING && !text::IsValidUtf8(bytes)) {
        return Error(absl::StrCat("got ", text::Quoted(bytes), ", want valid UTF-8"));
      }
      AppendDelimited(bytes, out);
    } else {
      value.AppendScalar(out);
    }
    return absl::OkStatus();
  }

  // The length stands before the content and is known after it: one byte is left for it, and more
  // are put in where it needs them.
  absl::Status AppendSubmessage(const Message& message, std::string& out) {
    const std::size_t begin = out.size();
    out.push_back('\0');
    if (absl::Status status = AppendMessage(message, out); !status.ok()) return status;
    std::string length;
    AppendVarint(out.size() - begin - 1, length);
    out.replace(begin, 1, length);
    return absl::OkStatus();
  }

  static void AppendTag(const FieldDescriptor& field, WireType wire, std::string& out) {
    AppendVarint(static_cast<std::uint64_t>(field.number()) << 3 | wire, out);
  }

  std::string Where() const {
    if (path_.empty()) return "the message";
    return absl::StrJoin(path_, ".", [](std::string* out, const FieldDescriptor* field) {
      absl::StrAppend(out, field->name());
    });
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(Where(), ": ", what));
  }

  std::vector<const FieldDescriptor*> path_;
  std::deque<std::vector<const FieldDescriptor*>> fields_;  // by depth
};

void CollectRefusals(const Descriptor& type, std::set<const Descriptor*>& seen,
                     std::vector<std::string>& refusals) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (const char* refusal = Refusal(field); refusal != nullptr) {
      refusals.push_back(absl::StrCat(field.full_name(), " ", refusal));
    } else if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      CollectRefusals(*field.message_type(), seen, refusals);
    }
  }
}

}  // namespace

absl::StatusOr<std::string> CanonicalEncode(const Message& message) {
  std::string bytes;
  if (internal::EncodePlain(message, bytes)) return bytes;
  bytes.clear();
  if (absl::Status status = Encoder().AppendMessage(message, bytes); !status.ok()) return status;
  return bytes;
}

absl::StatusOr<Digest> DigestOf(absl::string_view domain_tag, const Message& message) {
  if (domain_tag.empty() || domain_tag.size() > kMaxDomainTagBytes ||
      domain_tag.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("domain tag: got ", text::Quoted(domain_tag),
                                                   ", want 1 to ", kMaxDomainTagBytes,
                                                   " bytes without a zero byte"));
  }
  absl::StatusOr<std::string> bytes = CanonicalEncode(message);
  if (!bytes.ok()) return bytes.status();
  return Sha256Stream()
      .Update(domain_tag)
      .Update(absl::string_view("\0", 1))
      .Update(*bytes)
      .Finish();
}

absl::Status CheckCanonicalType(const Descriptor& type) {
  std::set<const Descriptor*> seen;
  std::vector<std::string> refusals;
  CollectRefusals(type, seen, refusals);
  if (refusals.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(refusals, "; "));
}

}  // namespace assay::digest
