// The options by which a command says what was judged, overridden or published: the node and an
// outcome on its scale.
//
// Thread safety: none; used while arguments are parsed and a request is made. Cost: none.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "assay/type/v1/node.pb.h"
#include "assay/type/v1/outcome.pb.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace assay::cli {

struct NodeOptions {
  std::string framework;
  std::string item;
  std::string group;
  std::string service_id;
  std::string scale;
};

// Adds --framework (required), --item, --group, --service and --scale. `verb` says what is done to
// the node: "judged".
void AddNodeOptions(CLI::App* command, const char* verb, NodeOptions* options);

// The node that the options name.
void FillNode(const NodeOptions& options, type::v1::Node* node);

// An outcome on the scale that the options name, or that the node usually has.
type::v1::Outcome OutcomeOn(const NodeOptions& options, std::int64_t level);

// An option for a place on the scale.
CLI::Option* AddLevelOption(CLI::App* command, const char* flag, const char* help,
                            std::int64_t* level);

// `locations/1-102`, from `1-102` or the name itself. INVALID_ARGUMENT.
absl::StatusOr<std::string> LocationNameFrom(absl::string_view text);

// --request-id, with the same words everywhere.
void AddRequestIdOption(CLI::App* command, std::string* request_id);

}  // namespace assay::cli
