#include "services/scoring/api/area_api.h"

#include <memory>
#include <utility>

#include "services/common/clock/day_proto.h"
#include "services/common/errors/errors.h"
#include "services/common/revision/revision_proto.h"
#include "services/common/server/pull_stream.h"
#include "services/scoring/book/area_tally.h"

namespace assay::scoring {
namespace {

using server::CallContext;
using server::PendingAnswer;

}  // namespace

AreaApi::AreaApi(const server::CallEnvironment* calls, const Serving& serving)
    : serving_(serving),
      get_area_summary_(calls, "assay.scoring.v1.AreaService/GetAreaSummary"),
      compare_areas_(calls, "assay.scoring.v1.AreaService/CompareAreas"),
      get_area_trend_(calls, "assay.scoring.v1.AreaService/GetAreaTrend"),
      list_movers_(calls, "assay.scoring.v1.AreaService/ListMovers"),
      list_outliers_(calls, "assay.scoring.v1.AreaService/ListOutliers"),
      watch_area_(calls, "assay.scoring.v1.AreaService/WatchArea") {}

absl::Status AreaApi::Summarize(const AreaQuestion& question, v1::AreaSummary& summary) const {
  if (!serving_.book->ready()) return errors::NotReady("the book", absl::Seconds(1));
  const Moment& moment = question.moment;
  // Read first: the counts rest on this revision or a later one.
  *summary.mutable_revision() = revision::RevisionToProto(serving_.gate->Reached());
  if (!question.sector.empty()) {
    const absl::Status known = CheckSector(question, serving_.book->Sectors());
    if (!known.ok()) return known;
  }
  const std::optional<evidence::v1::Area> area =
      serving_.book->AreaOf(question.area, moment.known_at);
  if (!area) return errors::NotFound(errors::ResourceType::kArea, question.area);
  summary.set_name(question.area);
  summary.set_display_name(area->display_name());
  *summary.mutable_effective_date() = clock::DayToProto(moment.day);
  summary.set_existed(clock::InRange(area->valid_from(), area->valid_before(), moment.day));
  AreaTally tally;
  if (summary.existed()) {
    serving_.book->ForEachIn(question.area, moment.day, moment.known_at,
                             [&](const AreaMember& member) {
                               const std::string& sector = member.location->sector();
                               if (question.sector.empty() || sector == question.sector) {
                                 tally.Add(member);
                               }
                             });
  } else {
    *summary.mutable_successors() = area->successors();
  }
  tally.Fill(summary);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* AreaApi::GetAreaSummary(grpc::CallbackServerContext* context,
                                                  const v1::GetAreaSummaryRequest* request,
                                                  v1::AreaSummary* reply) {
  return get_area_summary_.RunAsync(context, [&](CallContext& call, const PendingAnswer& pending) {
    auto question = Validate(*request, serving_.today->present());
    const auto finish = [pending](const absl::Status& status) {
      if (pending.Claim()) pending.Finish(status);
    };
    if (!question.ok()) return finish(question.status());
    call.set_subject(question->area);
    // The callback has a copy: moving the question would empty the revision that is waited for.
    serving_.Await(question->moment.at_least, -1, call.deadline(),
                   [this, question = *question, reply, pending, finish](absl::Status reached) {
                     if (!reached.ok()) return finish(reached);
                     const bool admitted = serving_.heavy->Submit([this, question, reply, pending] {
                       auto summary = std::make_unique<v1::AreaSummary>();
                       const absl::Status status = Summarize(question, *summary);
                       if (!pending.Claim()) return;
                       if (status.ok()) *reply = *std::move(summary);
                       pending.Finish(status);
                     });
                     if (!admitted) {
                       finish(errors::Overloaded(serving_.heavy->name(), absl::Milliseconds(200)));
                     }
                   });
  });
}

grpc::ServerUnaryReactor* AreaApi::CompareAreas(grpc::CallbackServerContext* context,
                                                const v1::CompareAreasRequest*,
                                                v1::CompareAreasResponse*) {
  return compare_areas_.Unimplemented(context);
}

grpc::ServerUnaryReactor* AreaApi::GetAreaTrend(grpc::CallbackServerContext* context,
                                                const v1::GetAreaTrendRequest*,
                                                v1::GetAreaTrendResponse*) {
  return get_area_trend_.Unimplemented(context);
}

grpc::ServerUnaryReactor* AreaApi::ListMovers(grpc::CallbackServerContext* context,
                                              const v1::ListMoversRequest*,
                                              v1::ListMoversResponse*) {
  return list_movers_.Unimplemented(context);
}

grpc::ServerUnaryReactor* AreaApi::ListOutliers(grpc::CallbackServerContext* context,
                                                const v1::ListOutliersRequest*,
                                                v1::ListOutliersResponse*) {
  return list_outliers_.Unimplemented(context);
}

grpc::ServerWriteReactor<v1::WatchAreaResponse>* AreaApi::WatchArea(
    grpc::CallbackServerContext* context, const v1::WatchAreaRequest*) {
  using Source = server::PullSource<v1::WatchAreaResponse>;
  return server::StartPull<v1::WatchAreaResponse>(
      watch_area_, context, [](CallContext&) -> absl::StatusOr<std::unique_ptr<Source>> {
        return errors::Unimplemented("AreaService.WatchArea");
      });
}

}  // namespace assay::scoring
