#include "services/common/catalogue/remote_model_source.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"

#include "services/common/errors/errors.h"
#include "services/common/names/names.h"
#include "services/common/server/status_conversion.h"

namespace assay::catalogue {
namespace {

using framework::v1::FrameworkService;

// gRPC's deadlines are of the machine's clock, whatever clock the options bring.
std::unique_ptr<grpc::ClientContext> ContextFor(absl::Duration deadline) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  return context;
}

// Nothing is rated by a draft: to those who rate it does not exist.
absl::Status AsSeenByRaters(absl::Status status, const std::string& name) {
  if (errors::Reason(status) != "VERSION_NOT_PUBLISHED") return status;
  return errors::NotFound(errors::ResourceType::kFrameworkVersion, name);
}

}  // namespace

RemoteModelSource::RemoteModelSource(const std::shared_ptr<grpc::Channel>& channel,
                                     RemoteModelSourceOptions options)
    : stub_(FrameworkService::NewStub(channel)), options_(std::move(options)) {}

absl::StatusOr<std::shared_ptr<const model::CompiledModel>> RemoteModelSource::Find(
    absl::string_view name) {
  const auto parsed = names::FrameworkVersionName::Parse(name);
  if (!parsed.ok()) return parsed.status();
  const std::string key(name);
  Model stale;
  auto flight = std::make_shared<Flight>();
  {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto kept = kept_.find(key);
    if (kept != kept_.end()) {
      stale = kept->second.model;
      if (options_.now() < kept->second.ask_again) return stale;
    }
    const auto [under_way, mine] = flights_.emplace(key, flight);
    if (!mine) {
      if (stale != nullptr) return stale;
      flight = under_way->second;
      landed_.wait(lock, [&] { return flight->done; });
      return flight->result;
    }
  }
  absl::StatusOr<Model> asked = Ask(key, stale);
  const std::lock_guard<std::mutex> lock(mutex_);
  flight->result = Settle(key, std::move(asked));
  flight->done = true;
  flights_.erase(key);
  landed_.notify_all();
  return flight->result;
}

// Keeps what came; where nothing did, what is kept goes on. Called with the lock held.
absl::StatusOr<RemoteModelSource::Model> RemoteModelSource::Settle(const std::string& name,
                                                                   absl::StatusOr<Model> asked) {
  const absl::Time now = options_.now();
  if (asked.ok()) {
    kept_[name] = Kept{*asked, now + options_.refresh};
    return asked;
  }
  const auto kept = kept_.find(name);
  if (kept == kept_.end()) return asked.status();
  kept->second.ask_again = now + options_.retry;
  return kept->second.model;
}

absl::StatusOr<RemoteModelSource::Model> RemoteModelSource::Ask(const std::string& name,
                                                                const Model& kept) {
  framework::v1::GetScoringModelRequest request;
  request.set_name(name);
  if (kept != nullptr) request.set_if_digest_not(std::string(kept->model_digest()));
  framework::v1::GetScoringModelResponse reply;
  const auto context = ContextFor(options_.deadline);
  const grpc::Status status = stub_->GetScoringModel(context.get(), request, &reply);
  if (!status.ok()) return AsSeenByRaters(server::FromGrpc(status), name);
  if (reply.not_modified() && kept != nullptr) return kept;
  if (reply.version().name() != name) {
    return errors::Corrupt(absl::StrCat("the scoring model of ", name));
  }
  absl::StatusOr<Model> model = model::CompiledModel::Compile(
      std::shared_ptr<const framework::v1::FrameworkVersion>(reply.release_version()));
  if (!model.ok()) {
    return errors::Corrupt(absl::StrCat("the scoring model of ", name), model.status().message());
  }
  if ((*model)->model_digest() != reply.model_digest()) {
    return errors::Corrupt(absl::StrCat("the scoring model of ", name));
  }
  return model;
}

absl::StatusOr<std::vector<std::shared_ptr<const model::CompiledModel>>> RemoteModelSource::All() {
  std::vector<Model> models;
  framework::v1::ListVersionsRequest request;
  request.set_parent("frameworks/-");
  request.mutable_read_mask()->add_paths("name");
  request.mutable_read_mask()->add_paths("state");
  do {
    framework::v1::ListVersionsResponse page;
    const auto context = ContextFor(options_.deadline);
    const grpc::Status status = stub_->ListVersions(context.get(), request, &page);
    if (!status.ok()) return server::FromGrpc(status);
    for (const framework::v1::FrameworkVersion& version : page.versions()) {
      if (version.state() == framework::v1::VERSION_STATE_DRAFT ||
          version.state() == framework::v1::VERSION_STATE_PROVEN) {
        continue;
      }
      absl::StatusOr<Model> model = Find(version.name());
      if (!model.ok()) return model.status();
      models.push_back(*std::move(model));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return models;
}

}  // namespace assay::catalogue
