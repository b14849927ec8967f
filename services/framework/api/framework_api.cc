#include "services/framework/api/framework_api.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "services/common/server/byte_buffer.h"

namespace assay::framework {

FrameworkApi::FrameworkApi(const server::CallEnvironment* calls, const CatalogueHolder* holder,
                           const VersionWrites* writes)
    : reads_(holder),
      writes_(writes),
      get_framework_(calls, "assay.framework.v1.FrameworkService/GetFramework"),
      list_frameworks_(calls, "assay.framework.v1.FrameworkService/ListFrameworks"),
      get_version_(calls, "assay.framework.v1.FrameworkService/GetVersion"),
      list_versions_(calls, "assay.framework.v1.FrameworkService/ListVersions"),
      get_item_(calls, "assay.framework.v1.FrameworkService/GetItem"),
      list_items_(calls, "assay.framework.v1.FrameworkService/ListItems"),
      get_group_(calls, "assay.framework.v1.FrameworkService/GetGroup"),
      list_groups_(calls, "assay.framework.v1.FrameworkService/ListGroups"),
      get_evidence_category_(calls, "assay.framework.v1.FrameworkService/GetEvidenceCategory"),
      list_evidence_categories_(calls,
                                "assay.framework.v1.FrameworkService/ListEvidenceCategories"),
      get_scoring_model_(calls, "assay.framework.v1.FrameworkService/GetScoringModel"),
      select_version_(calls, "assay.framework.v1.FrameworkService/SelectVersion"),
      get_characteristic_(calls, "assay.framework.v1.FrameworkService/GetCharacteristic"),
      list_characteristics_(calls, "assay.framework.v1.FrameworkService/ListCharacteristics"),
      get_crosswalk_(calls, "assay.framework.v1.FrameworkService/GetCrosswalk"),
      list_crosswalks_(calls, "assay.framework.v1.FrameworkService/ListCrosswalks"),
      create_version_(calls, "assay.framework.v1.FrameworkService/CreateVersion"),
      update_version_(calls, "assay.framework.v1.FrameworkService/UpdateVersion"),
      check_version_(calls, "assay.framework.v1.FrameworkService/CheckVersion"),
      publish_version_(calls, "assay.framework.v1.FrameworkService/PublishVersion"),
      withdraw_version_(calls, "assay.framework.v1.FrameworkService/WithdrawVersion"),
      diff_versions_(calls, "assay.framework.v1.FrameworkService/DiffVersions"),
      list_combinations_(calls, "assay.framework.v1.FrameworkService/ListCombinations"),
      search_characteristics_(calls, "assay.framework.v1.FrameworkService/SearchCharacteristics"),
      suggest_items_(calls, "assay.framework.v1.FrameworkService/SuggestItems"),
      import_official_text_(calls, "assay.framework.v1.FrameworkService/ImportOfficialText") {}

namespace {

// What the request log may say of a request: the resource it names.
template <class Request>
auto SubjectOf(const Request& request, int) -> decltype(absl::string_view(request.name())) {
  return request.name();
}
template <class Request>
auto SubjectOf(const Request& request, int) -> decltype(absl::string_view(request.parent())) {
  return request.parent();
}
absl::string_view SubjectOf(const v1::UpdateVersionRequest& request, int) {
  return request.version().name();
}
template <class Request>
absl::string_view SubjectOf(const Request&, long) {
  return "";
}

}  // namespace

template <class Request, class Reply>
grpc::ServerUnaryReactor* FrameworkApi::Read(
    const server::Method& method, grpc::CallbackServerContext* context, const Request* request,
    Reply* reply, absl::Status (CatalogueReads::*read)(const Request&, Reply*) const) const {
  return method.Inline(context, request, reply,
                       [&](server::CallContext& call, const Request& asked, Reply* out) {
                         call.set_subject(SubjectOf(asked, 0));
                         return (reads_.*read)(asked, out);
                       });
}

template <class Request, class Reply>
grpc::ServerUnaryReactor* FrameworkApi::LongRead(
    const server::Method& method, grpc::CallbackServerContext* context, const Request* request,
    Reply* reply, absl::Status (CatalogueReads::*read)(const Request&, Reply*) const) const {
  return method.Pooled(
      context, request, reply,
      [reads = &reads_, read](server::CallContext& call, const Request& asked, Reply* out) {
        call.set_subject(SubjectOf(asked, 0));
        return (reads->*read)(asked, out);
      });
}

template <class Request, class Reply>
grpc::ServerUnaryReactor* FrameworkApi::Write(
    const server::Method& method, grpc::CallbackServerContext* context, const Request* request,
    Reply* reply, absl::Status (VersionWrites::*write)(const Request&, Reply*) const) const {
  return method.Pooled(
      context, request, reply,
      [writes = writes_, write](server::CallContext& call, const Request& asked, Reply* out) {
        call.set_subject(SubjectOf(asked, 0));
        return (writes->*write)(asked, out);
      });
}

grpc::ServerUnaryReactor* FrameworkApi::GetFramework(grpc::CallbackServerContext* context,
                                                     const v1::GetFrameworkRequest* request,
                                                     v1::Framework* reply) {
  return Read(get_framework_, context, request, reply, &CatalogueReads::GetFramework);
}

grpc::ServerUnaryReactor* FrameworkApi::ListFrameworks(grpc::CallbackServerContext* context,
                                                       const v1::ListFrameworksRequest* request,
                                                       v1::ListFrameworksResponse* reply) {
  return Read(list_frameworks_, context, request, reply, &CatalogueReads::ListFrameworks);
}

grpc::ServerUnaryReactor* FrameworkApi::GetVersion(grpc::CallbackServerContext* context,
                                                   const v1::GetVersionRequest* request,
                                                   v1::FrameworkVersion* reply) {
  return Read(get_version_, context, request, reply, &CatalogueReads::GetVersion);
}

grpc::ServerUnaryReactor* FrameworkApi::ListVersions(grpc::CallbackServerContext* context,
                                                     const v1::ListVersionsRequest* request,
                                                     v1::ListVersionsResponse* reply) {
  // The long lists of many versions take milliseconds to copy.
  const bool brief = request->read_mask().paths().empty();
  return brief ? Read(list_versions_, context, request, reply, &CatalogueReads::ListVersions)
               : LongRead(list_versions_, context, request, reply, &CatalogueReads::ListVersions);
}

grpc::ServerUnaryReactor* FrameworkApi::GetItem(grpc::CallbackServerContext* context,
                                                const v1::GetItemRequest* request,
                                                v1::Item* reply) {
  return Read(get_item_, context, request, reply, &CatalogueReads::GetItem);
}

grpc::ServerUnaryReactor* FrameworkApi::ListItems(grpc::CallbackServerContext* context,
                                                  const v1::ListItemsRequest* request,
                                                  v1::ListItemsResponse* reply) {
  return Read(list_items_, context, request, reply, &CatalogueReads::ListItems);
}

grpc::ServerUnaryReactor* FrameworkApi::GetGroup(grpc::CallbackServerContext* context,
                                                 const v1::GetGroupRequest* request,
                                                 v1::Group* reply) {
  return Read(get_group_, context, request, reply, &CatalogueReads::GetGroup);
}

grpc::ServerUnaryReactor* FrameworkApi::ListGroups(grpc::CallbackServerContext* context,
                                                   const v1::ListGroupsRequest* request,
                                                   v1::ListGroupsResponse* reply) {
  return Read(list_groups_, context, request, reply, &CatalogueReads::ListGroups);
}

grpc::ServerUnaryReactor* FrameworkApi::GetEvidenceCategory(
    grpc::CallbackServerContext* context, const v1::GetEvidenceCategoryRequest* request,
    v1::EvidenceCategory* reply) {
  return Read(get_evidence_category_, context, request, reply,
              &CatalogueReads::GetEvidenceCategory);
}

grpc::ServerUnaryReactor* FrameworkApi::ListEvidenceCategories(
    grpc::CallbackServerContext* context, const v1::ListEvidenceCategoriesRequest* request,
    v1::ListEvidenceCategoriesResponse* reply) {
  return Read(list_evidence_categories_, context, request, reply,
              &CatalogueReads::ListEvidenceCategories);
}

grpc::ServerUnaryReactor* FrameworkApi::GetScoringModel(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* reply) {
  return get_scoring_model_.Inline(
      context, request, reply,
      [this](server::CallContext& call, const grpc::ByteBuffer& bytes, grpc::ByteBuffer* out) {
        const auto asked = server::ParseRequest<v1::GetScoringModelRequest>(bytes);
        if (!asked.ok()) return asked.status();
        call.set_subject(asked->name());
        auto answer = reads_.GetScoringModel(*asked);
        if (!answer.ok()) return answer.status();
        server::SharedBytes(*std::move(answer)).Swap(out);
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* FrameworkApi::SelectVersion(grpc::CallbackServerContext* context,
                                                      const v1::SelectVersionRequest* request,
                                                      v1::SelectVersionResponse* reply) {
  return Read(select_version_, context, request, reply, &CatalogueReads::SelectVersion);
}

grpc::ServerUnaryReactor* FrameworkApi::GetCharacteristic(
    grpc::CallbackServerContext* context, const v1::GetCharacteristicRequest* /*request*/,
    v1::Characteristic* /*reply*/) {
  return get_characteristic_.Unimplemented(context);
}

grpc::ServerUnaryReactor* FrameworkApi::ListCharacteristics(
    grpc::CallbackServerContext* context, const v1::ListCharacteristicsRequest* /*request*/,
    v1::ListCharacteristicsResponse* /*reply*/) {
  return list_characteristics_.Unimplemented(context);
}

grpc::ServerUnaryReactor* FrameworkApi::GetCrosswalk(grpc::CallbackServerContext* context,
                                                     const v1::GetCrosswalkRequest* request,
                                                     v1::Crosswalk* reply) {
  return Read(get_crosswalk_, context, request, reply, &CatalogueReads::GetCrosswalk);
}

grpc::ServerUnaryReactor* FrameworkApi::ListCrosswalks(grpc::CallbackServerContext* context,
                                                       const v1::ListCrosswalksRequest* request,
                                                       v1::ListCrosswalksResponse* reply) {
  return Read(list_crosswalks_, context, request, reply, &CatalogueReads::ListCrosswalks);
}

grpc::ServerUnaryReactor* FrameworkApi::CreateVersion(grpc::CallbackServerContext* context,
                                                      const v1::CreateVersionRequest* request,
                                                      v1::FrameworkVersion* reply) {
  return Write(create_version_, context, request, reply, &VersionWrites::CreateVersion);
}

grpc::ServerUnaryReactor* FrameworkApi::UpdateVersion(grpc::CallbackServerContext* context,
                                                      const v1::UpdateVersionRequest* request,
                                                      v1::FrameworkVersion* reply) {
  return Write(update_version_, context, request, reply, &VersionWrites::UpdateVersion);
}

grpc::ServerUnaryReactor* FrameworkApi::CheckVersion(grpc::CallbackServerContext* context,
                                                     const v1::CheckVersionRequest* request,
                                                     v1::CheckVersionResponse* reply) {
  return check_version_.Pooled(
      context, request, reply,
      [writes = writes_](server::CallContext& call, const v1::CheckVersionRequest& asked,
                         v1::CheckVersionResponse* out) {
        call.set_subject(SubjectOf(asked, 0));
        return writes->CheckVersion(
            asked, [&call] { return call.cancelled(); }, out);
      });
}

grpc::ServerUnaryReactor* FrameworkApi::PublishVersion(grpc::CallbackServerContext* context,
                                                       const v1::PublishVersionRequest* request,
                                                       v1::FrameworkVersion* reply) {
  return Write(publish_version_, context, request, reply, &VersionWrites::PublishVersion);
}

grpc::ServerUnaryReactor* FrameworkApi::WithdrawVersion(grpc::CallbackServerContext* context,
                                                        const v1::WithdrawVersionRequest* request,
                                                        v1::FrameworkVersion* reply) {
  return Write(withdraw_version_, context, request, reply, &VersionWrites::WithdrawVersion);
}

grpc::ServerUnaryReactor* FrameworkApi::DiffVersions(grpc::CallbackServerContext* context,
                                                     const v1::DiffVersionsRequest* request,
                                                     v1::DiffVersionsResponse* reply) {
  return LongRead(diff_versions_, context, request, reply, &CatalogueReads::DiffVersions);
}

grpc::ServerUnaryReactor* FrameworkApi::ListCombinations(grpc::CallbackServerContext* context,
                                                         const v1::ListCombinationsRequest* request,
                                                         v1::ListCombinationsResponse* reply) {
  return LongRead(list_combinations_, context, request, reply, &CatalogueReads::ListCombinations);
}

grpc::ServerUnaryReactor* FrameworkApi::SearchCharacteristics(
    grpc::CallbackServerContext* context, const v1::SearchCharacteristicsRequest* /*request*/,
    v1::SearchCharacteristicsResponse* /*reply*/) {
  return search_characteristics_.Unimplemented(context);
}

grpc::ServerUnaryReactor* FrameworkApi::SuggestItems(grpc::CallbackServerContext* context,
                                                     const v1::SuggestItemsRequest* /*request*/,
                                                     v1::SuggestItemsResponse* /*reply*/) {
  return suggest_items_.Unimplemented(context);
}

grpc::ServerUnaryReactor* FrameworkApi::ImportOfficialText(
    grpc::CallbackServerContext* context, const v1::ImportOfficialTextRequest* /*request*/,
    v1::Edition* /*reply*/) {
  return import_official_text_.Unimplemented(context);
}

}  // namespace assay::framework
