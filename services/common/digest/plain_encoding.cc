#include "services/common/digest/plain_encoding.h"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/digest/canonical.h"
#include "services/common/text/utf8.h"

namespace assay::digest::internal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// What the bytes of one type look like.
struct Shape {
  struct Field {
    std::uint32_t tag = 0;  // number << 3 | wire type
    bool again = false;     // may come more than once
    bool text = false;
    const Shape* inner = nullptr;  // of a submessage
  };
  std::vector<Field> fields;  // in ascending tag
};

// A type with all that it can hold.
class Shapes {
 public:
  explicit Shapes(const Descriptor& type) : outer_(Make(type)) {}

  // Whether protobuf writes all of it as canonical bytes are written.
  bool plain() const { return plain_; }
  const Shape& outer() const { return *outer_; }

 private:
  const Shape* Make(const Descriptor& type) {
    const auto [known, fresh] = by_type_.emplace(&type, nullptr);
    if (!fresh) return known->second;
    Shape& shape = shapes_.emplace_back();
    known->second = &shape;
    std::map<int, const FieldDescriptor*> ascending;
    for (int i = 0; i < type.field_count(); ++i) ascending[type.field(i)->number()] = type.field(i);
    for (const auto& [number, field] : ascending) {
      const WireType wire = WireTypeOf(field->type());
      const bool list = field->is_repeated() && wire != kLengthDelimited;
      plain_ = plain_ && Refusal(*field) == nullptr && (!list || field->is_packed());
      Shape::Field one;
      one.tag = static_cast<std::uint32_t>(number) << 3 | (list ? kLengthDelimited : wire);
      one.again = field->is_repeated() && !list;
      one.text = field->type() == FieldDescriptor::TYPE_STRING;
      if (field->type() == FieldDescriptor::TYPE_MESSAGE) one.inner = Make(*field->message_type());
      shape.fields.push_back(one);
    }
    return &shape;
  }

  bool plain_ = true;
  std::deque<Shape> shapes_;
  std::map<const Descriptor*, const Shape*> by_type_;
  const Shape* outer_;
};

// Null for a type that is not compiled in: it may go, and another come to its place.
const Shapes* ShapesOf(const Descriptor& type) {
  if (type.file()->pool() != google::protobuf::DescriptorPool::generated_pool()) return nullptr;
  static auto* const lock = new std::mutex;
  static auto* const known = new std::map<const Descriptor*, std::unique_ptr<const Shapes>>;
  const std::lock_guard<std::mutex> held(*lock);
  std::unique_ptr<const Shapes>& shapes = (*known)[&type];
  if (shapes == nullptr) shapes = std::make_unique<const Shapes>(type);
  return shapes.get();
}

bool TakeVarint(absl::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool IsCanonical(absl::string_view bytes, const Shape& shape, int depth);

// The value of one field, which is taken off `bytes`.
bool TakeValue(const Shape::Field& field, int depth, absl::string_view& bytes) {
  std::uint64_t value = 0;
  std::size_t size = 0;
  switch (field.tag & 7) {
    case kVarint:
      return TakeVarint(bytes, value);
    case kLengthDelimited:
      if (!TakeVarint(bytes, value)) return false;
      size = value;
      break;
    default:
      size = (field.tag & 7) == kFixed64 ? 8 : 4;
  }
  if (bytes.size() < size) return false;
  const absl::string_view content = bytes.substr(0, size);
  bytes.remove_prefix(size);
  if (field.inner != nullptr) return IsCanonical(content, *field.inner, depth + 1);
  return !field.text || text::IsValidUtf8(content);
}

// Whether every field is known, of its type, and after those of lower numbers. That varints are
// minimal, lists packed and defaults left out is protobuf's own way.
bool IsCanonical(absl::string_view bytes, const Shape& shape, int depth) {
  if (depth > kMaxCanonicalDepth) return false;
  auto field = shape.fields.begin();
  while (!bytes.empty()) {
    std::uint64_t tag = 0;
    if (!TakeVarint(bytes, tag)) return false;
    while (field != shape.fields.end() && field->tag < tag) ++field;
    if (field == shape.fields.end() || field->tag != tag) return false;
    if (!TakeValue(*field, depth, bytes)) return false;
    if (!field->again) ++field;
  }
  return true;
}

}  // namespace

WireType WireTypeOf(FieldDescriptor::Type type) {
  switch (type) {
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return kFixed64;
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return kFixed32;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return kLengthDelimited;
    default:
      return kVarint;
  }
}

const char* Refusal(const FieldDescriptor& field) {
  if (field.is_map()) return "is a map, which has no order";
  if (field.is_extension()) return "is an extension";
  switch (field.type()) {
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_DOUBLE:
      return "is a floating-point number";
    case FieldDescriptor::TYPE_GROUP:
      return "is a group";
    case FieldDescriptor::TYPE_MESSAGE:
      return field.message_type()->full_name() == "google.protobuf.Any"
                 ? "is a google.protobuf.Any, whose bytes are not fixed"
                 : nullptr;
    default:
      return nullptr;
  }
}

bool EncodePlain(const google::protobuf::Message& message, std::string& out) {
  const Shapes* const shapes = ShapesOf(*message.GetDescriptor());
  if (shapes == nullptr || !shapes->plain()) return false;
  if (message.GetDescriptor()->full_name() == "google.protobuf.Any") return false;
  if (!message.GetReflection()->GetUnknownFields(message).empty()) return false;
  if (message.ByteSizeLong() > kMaxCanonicalBytes) return false;
  return message.SerializePartialToString(&out) && IsCanonical(out, shapes->outer(), 0);
}

}  // namespace assay::digest::internal
