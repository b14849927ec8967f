#include "clients/cli/commands/finding_options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "CLI/CLI.hpp"
#include "clients/cli/arguments/arguments.h"

namespace assay::cli {
namespace {

constexpr std::int64_t kMostLevels = 32;

}  // namespace

void AddNodeOptions(CLI::App* command, const char* verb, NodeOptions* options) {
  command
      ->add_option("--framework", options->framework, "Framework version used, as cqc-saf@2024-12")
      ->type_name("NAME")
      ->required();
  CLI::Option* item = command->add_option(
      "--item", options->item, absl::StrCat("Statement ", verb, ", as safe.learning-culture"));
  item->type_name("ID");
  command
      ->add_option(
          "--group", options->group,
          absl::StrCat("Key question ", verb, ", as well-led; neither: the location as a whole"))
      ->type_name("ID")
      ->excludes(item);
  command
      ->add_option("--service", options->service_id,
                   "Service within the location, registered before; none: the location as a whole")
      ->type_name("ID");
  command
      ->add_option("--scale", options->scale,
                   "Scale of the level; none: score for an item, rating for the others")
      ->type_name("ID");
}

void FillNode(const NodeOptions& options, type::v1::Node* node) {
  node->set_item(options.item);
  node->set_group(options.group);
  node->set_service(options.service_id);
}

type::v1::Outcome OutcomeOn(const NodeOptions& options, std::int64_t level) {
  const char* usual = options.item.empty() ? "rating" : "score";
  type::v1::Outcome outcome;
  outcome.set_scale(options.scale.empty() ? usual : options.scale);
  outcome.set_level(static_cast<std::int32_t>(level));
  return outcome;
}

CLI::Option* AddLevelOption(CLI::App* command, const char* flag, const char* help,
                            std::int64_t* level) {
  return command->add_option(flag, *level, help)
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostLevels).description(""));
}

absl::StatusOr<std::string> LocationNameFrom(absl::string_view text) {
  const absl::StatusOr<std::string> rating = RatingNameFrom(text);
  if (!rating.ok()) return rating.status();
  return std::string(absl::StripSuffix(*rating, "/rating"));
}

void AddRequestIdOption(CLI::App* command, std::string* request_id) {
  command
      ->add_option("--request-id", *request_id,
                   "UUID that makes the write safe to repeat; none: each run records anew")
      ->type_name("UUID");
}

}  // namespace assay::cli
