#include "clients/cli/output/json.h"

#include "google/protobuf/util/json_util.h"

namespace assay::cli {

std::string ToJson(const google::protobuf::Message& message, JsonLayout layout) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = layout == JsonLayout::kIndented;
  std::string out;
  // Fails only for an Any of an unknown type, and the contract has no Any.
  const auto status = google::protobuf::util::MessageToJsonString(message, &out, options);
  if (!status.ok()) out = "{}";
  if (out.empty() || out.back() != '\n') out.push_back('\n');
  return out;
}

}  // namespace assay::cli
