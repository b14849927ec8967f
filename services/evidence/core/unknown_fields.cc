#include "services/evidence/core/unknown_fields.h"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace assay::evidence {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The fields of a type that hold messages. None holds itself, at whatever depth.
struct Shape {
  std::vector<const FieldDescriptor*> fields;
  // Of each of them.
  std::vector<Shape> inner;
};

Shape ShapeOf(const Descriptor& type) {
  Shape shape;
  for (int at = 0; at < type.field_count(); ++at) {
    const FieldDescriptor& field = *type.field(at);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    shape.fields.push_back(&field);
    shape.inner.push_back(ShapeOf(*field.message_type()));
  }
  return shape;
}

const Shape& KnownShapeOf(const Descriptor& type) {
  static auto* const lock = new std::mutex;
  static auto* const known = new std::map<const Descriptor*, std::unique_ptr<const Shape>>;
  const std::lock_guard<std::mutex> held(*lock);
  std::unique_ptr<const Shape>& shape = (*known)[&type];
  if (shape == nullptr) shape = std::make_unique<const Shape>(ShapeOf(type));
  return *shape;
}

bool HasUnknown(const Message& message, const Shape& shape) {
  const Reflection& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) return true;
  for (size_t one = 0; one < shape.fields.size(); ++one) {
    const FieldDescriptor* const field = shape.fields[one];
    const Shape& inner = shape.inner[one];
    if (!field->is_repeated()) {
      if (!reflection.HasField(message, field)) continue;
      if (HasUnknown(reflection.GetMessage(message, field), inner)) return true;
      continue;
    }
    for (int at = 0; at < reflection.FieldSize(message, field); ++at) {
      if (HasUnknown(reflection.GetRepeatedMessage(message, field, at), inner)) return true;
    }
  }
  return false;
}

}  // namespace

void DropUnknownFields(Message& message) {
  if (HasUnknown(message, KnownShapeOf(*message.GetDescriptor()))) message.DiscardUnknownFields();
}

}  // namespace assay::evidence
