// Answers for programs: protobuf JSON (lowerCamelCase names, defaults left out, 64-bit numbers as
// strings, bytes in base64), as every protobuf library reads it.
//
// Thread safety: pure functions. Cost: linear in the message.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace assay::cli {

enum class JsonLayout {
  kIndented,  // an answer: one object over several lines
  kLine,      // a stream: one object a line
};

// `message` as JSON, ending in one line break.
std::string ToJson(const google::protobuf::Message& message, JsonLayout layout);

}  // namespace assay::cli
