// assay rating get|explain|watch

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "CLI/CLI.hpp"
#include "assay/scoring/v1/rating_service.grpc.pb.h"
#include "clients/cli/arguments/arguments.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/commands/overrides_behind.h"
#include "clients/cli/commands/point_in_time.h"
#include "clients/cli/net/service.h"
#include "clients/cli/output/json.h"
#include "clients/cli/output/override_view.h"
#include "clients/cli/output/rating_view.h"
#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"

namespace assay::cli {
namespace {

constexpr char kGetHelpEnd[] = R"(Examples:
  assay rating get 1-102                          today, by all that is recorded
  assay rating get 1-102 --as-of 2024-12-31       what was true on a day
  assay rating get 1-102 --known-at 2025-01-06T09:00:00Z
                                                  what was known then
  assay rating get 1-102 --view full --json       with the score of every item

A location that is known but not rated is an answer (exit code 0) with the reason; one that is not in
the registry is a no (exit code 1).)";

constexpr char kExplainHelpEnd[] = R"(Examples:
  assay rating explain 1-102
  assay rating explain 1-102 --as-of 2024-12-31 --json

Shows every input, the rules in the order they were applied, which caps bound, and what the outcome
would be without them. Where an override stands in place of a computed outcome, the evidence service is
asked for who decided it and why (not with --json, which is the answer of scoring alone).)";

constexpr char kWatchHelpEnd[] = R"(Examples:
  assay rating watch 1-102 1-103             changes of two locations, until Ctrl-C
  assay rating watch icb.QHL --initial       every location of an area first, then its changes
  assay rating watch 1-102 --count 1 --for 60 --json
                                             wait a minute at most for one change

A line a change. With --count and --for, the exit code is 1 where the time ran out first.)";

constexpr std::int64_t kMaxWatchCount = 1000000000;
constexpr double kMaxWatchSeconds = 31536000;  // a year
constexpr std::size_t kMaxWatchNames = 1000;

struct ReadOptions {
  std::string location;
  std::string view = "basic";
  bool json = false;
  PointInTime when;
  ServiceOptions service;
  // Only its address: the rest is as of `service`.
  ServiceOptions evidence;
};

// The request of one location, for Get and Explain.
template <class Request>
absl::Status FillRead(const ReadOptions& options, Request* request) {
  const absl::StatusOr<std::string> name = RatingNameFrom(options.location);
  if (!name.ok()) return name.status();
  request->set_name(*name);
  return FillPoint(options.when, request);
}

ExitCode Get(const Session& session, const ReadOptions& options) {
  scoring::v1::GetRatingRequest request;
  if (absl::Status status = FillRead(options, &request); !status.ok()) return session.Fail(status);
  if (options.view == "full") request.set_view(scoring::v1::RATING_VIEW_FULL);
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = scoring::v1::RatingService::NewStub(service->channel());
  scoring::v1::Rating rating;
  const absl::Status status = service->Call(
      [&](grpc::ClientContext* context) { return stub->GetRating(context, request, &rating); });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  *session.console.out << (options.json ? ToJson(rating, JsonLayout::kIndented)
                                        : RatingPage(rating, session.console.out_style));
  return ExitCode::kDone;
}

// What stands behind the overrides of an explanation; a note on stderr where the record does not
// say, since the explanation holds without it.
std::string Overrides(const Session& session, const ReadOptions& options,
                      const scoring::v1::Derivation& derivation) {
  if (!RestsOnOverrides(derivation)) return "";
  ServiceOptions reached = options.service;
  reached.kind = options.evidence.kind;
  reached.address = options.evidence.address;
  const absl::StatusOr<Service> evidence = Service::Connect(reached);
  const absl::StatusOr<std::vector<evidence::v1::Override>> overrides =
      evidence.ok() ? OverridesBehind(derivation, *evidence) : evidence.status();
  std::string text;
  if (overrides.ok()) {
    for (const auto& one : *overrides) {
      absl::StrAppend(&text, OverrideText(one, session.console.out_style));
    }
  } else {
    *session.console.err << "assay: who decided the overrides, and why, is not shown: "
                         << Shown(overrides.status().message()) << "\n";
  }
  return text;
}

ExitCode ExplainRating(const Session& session, const ReadOptions& options) {
  scoring::v1::ExplainRatingRequest request;
  if (absl::Status status = FillRead(options, &request); !status.ok()) return session.Fail(status);
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  const auto stub = scoring::v1::RatingService::NewStub(service->channel());
  scoring::v1::ExplainRatingResponse answer;
  const absl::Status status = service->Call(
      [&](grpc::ClientContext* context) { return stub->ExplainRating(context, request, &answer); });
  if (!status.ok()) return session.Fail(status, service->HintFor(status));
  if (options.json) {
    *session.console.out << ToJson(answer, JsonLayout::kIndented);
  } else {
    *session.console.out << ExplanationPage(answer, session.console.out_style)
                         << Overrides(session, options, answer.derivation());
  }
  return ExitCode::kDone;
}

struct WatchOptions {
  std::vector<std::string> names;
  std::string view = "basic";
  std::vector<std::string> at_least;
  bool initial = false;
  bool json = false;
  std::int64_t count = 0;  // 0: no limit
  double for_seconds = 0;  // 0: no limit
  ServiceOptions service;
};

absl::StatusOr<scoring::v1::WatchRatingsRequest> WatchRequest(const WatchOptions& options) {
  scoring::v1::WatchRatingsRequest request;
  errors::Violations bad;
  const auto collect = [&bad](const absl::Status& status) {
    for (const errors::Violation& each : errors::FieldViolations(status)) {
      bad.AddText(each.field, each.description);
    }
  };
  if (options.names.size() > kMaxWatchNames) {
    bad.Add("NAME", options.names.size(), absl::StrCat("at most ", kMaxWatchNames, " of them"));
  }
  for (const std::string& text : options.names) {
    const absl::StatusOr<std::string> name = WatchNameFrom(text);
    collect(name.status());
    if (name.ok()) request.add_names(*name);
  }
  for (const std::string& token : options.at_least) {
    const absl::StatusOr<type::v1::Revision> revision = RevisionFrom("--at-least", token);
    collect(revision.status());
    if (revision.ok()) *request.add_at_least() = *revision;
  }
  request.set_send_initial(options.initial);
  if (options.view == "full") request.set_view(scoring::v1::RATING_VIEW_FULL);
  if (!bad.empty()) return bad.ToStatus();
  return request;
}

// Prints events until the stream ends, the count is reached or the time is over.
class Watcher {
 public:
  Watcher(const Session& session, const WatchOptions& options, const Service& service)
      : session_(session), options_(options), service_(service) {}

  ExitCode Run(const scoring::v1::WatchRatingsRequest& request) {
    const auto stub = scoring::v1::RatingService::NewStub(service_.channel());
    grpc::ClientContext context;
    if (options_.for_seconds > 0) {
      context.set_deadline(std::chrono::system_clock::now() +
                           std::chrono::duration_cast<std::chrono::system_clock::duration>(
                               std::chrono::duration<double>(options_.for_seconds)));
    }
    grpc::Status status;
    {
      // The reader goes before the context that it uses.
      const auto reader = stub->WatchRatings(&context, request);
      scoring::v1::WatchRatingsResponse event;
      while (!Enough() && session_.console.out->good() && reader->Read(&event)) Print(event);
      if (Enough() || !session_.console.out->good()) context.TryCancel();
      status = reader->Finish();
    }
    return Result(status);
  }

 private:
  bool Enough() const { return options_.count > 0 && seen_ >= options_.count; }

  void Print(const scoring::v1::WatchRatingsResponse& event) {
    if (event.has_rating() || event.event_case() == scoring::v1::WatchRatingsResponse::kLeft) {
      ++seen_;
    }
    *session_.console.out << (options_.json ? ToJson(event, JsonLayout::kLine)
                                            : WatchLine(event, session_.console.out_style))
                          << std::flush;
  }

  ExitCode Result(const grpc::Status& status) const {
    if (Enough()) return ExitCode::kDone;
    if (!session_.console.out->good()) return ExitCode::kDone;  // the reader of a pipe has enough
    if (options_.for_seconds > 0 && status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      return options_.count > 0 ? ExitCode::kNo : ExitCode::kDone;
    }
    if (status.ok()) return options_.count > 0 ? ExitCode::kNo : ExitCode::kDone;
    const absl::Status converted = service_.StatusOf(status);
    return session_.Fail(converted, service_.HintFor(converted));
  }

  const Session& session_;
  const WatchOptions& options_;
  const Service& service_;
  std::int64_t seen_ = 0;
};

ExitCode Watch(const Session& session, const WatchOptions& options) {
  const absl::StatusOr<scoring::v1::WatchRatingsRequest> request = WatchRequest(options);
  if (!request.ok()) return session.Fail(request.status());
  const absl::StatusOr<Service> service = Service::Connect(options.service);
  if (!service.ok()) return session.Fail(service.status());
  return Watcher(session, options, *service).Run(*request);
}

void AddLocation(CLI::App* command, ReadOptions* options) {
  command
      ->add_option("location", options->location,
                   "The location: 1-102, locations/1-102 or locations/1-102/rating")
      ->type_name("LOCATION")
      ->required();
}

void AddRead(CLI::App* group, Session* session, const char* name, const char* help,
             const char* help_end, bool with_view, bool with_evidence,
             ExitCode (*run)(const Session&, const ReadOptions&)) {
  CLI::App* command = group->add_subcommand(name, help);
  command->footer(help_end);
  const auto options = std::make_shared<ReadOptions>();
  AddLocation(command, options.get());
  AddPointOptions(command, &options->when);
  if (with_view) {
    AddChoice(command, "--view", &options->view, {"basic", "full"},
              "full adds the score of every item");
  }
  AddJsonOption(command, &options->json);
  AddServiceOptions(command, &options->service);
  if (with_evidence) {
    options->evidence.kind = kEvidenceService;
    AddAddressOption(command, &options->evidence);
  }
  OnRun(command, session, [session, options, run] { return run(*session, *options); });
}

void AddWatch(CLI::App* group, Session* session) {
  CLI::App* command = group->add_subcommand("watch", "Print ratings as they change, a line each.");
  command->footer(kWatchHelpEnd);
  const auto options = std::make_shared<WatchOptions>();
  command
      ->add_option("names", options->names, "Locations (1-102) or areas (icb.QHL); at most 1,000")
      ->type_name("NAME")
      ->required();
  command->add_flag("--initial", options->initial, "Print every present rating first");
  command->add_option("--count", options->count, "Leave after this many lines; 0: never")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, kMaxWatchCount).description(""))
      ->capture_default_str();
  command->add_option("--for", options->for_seconds, "Leave after this time, in seconds; 0: never")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, kMaxWatchSeconds).description(""))
      ->capture_default_str();
  command
      ->add_option("--at-least", options->at_least,
                   "Start from this revision or later (base64, from a write); may be repeated")
      ->type_name("TOKEN")
      ->allow_extra_args(false);
  AddChoice(command, "--view", &options->view, {"basic", "full"},
            "full adds the score of every item");
  AddJsonOption(command, &options->json);
  AddServiceOptions(command, &options->service);
  OnRun(command, session, [session, options] { return Watch(*session, *options); });
}

}  // namespace

void AddRatingCommands(CLI::App* app, Session* session) {
  CLI::App* group =
      app->add_subcommand("rating", "Show, explain and watch the ratings of locations.");
  group->require_subcommand(1);
  AddRead(group, session, "get", "Show the rating of a location on a day.", kGetHelpEnd, true,
          false, Get);
  AddRead(group, session, "explain", "Explain a rating: inputs, rules in order, caps.",
          kExplainHelpEnd, false, true, ExplainRating);
  AddWatch(group, session);
}

}  // namespace assay::cli
