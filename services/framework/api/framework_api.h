#pragma once

// FrameworkService over gRPC: hands each read to CatalogueReads, each write to VersionWrites; what
// is not built yet answers UNIMPLEMENTED, as the contract marks it.
//
// Thread safety: serves calls from any number of threads. Ownership: borrows what it is made with.
// Cost: that of the read and of the adapter.

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

#include "assay/framework/v1/framework_service.grpc.pb.h"
#include "services/common/server/method.h"
#include "services/framework/api/catalogue_reads.h"
#include "services/framework/api/version_writes.h"
#include "services/framework/core/catalogue_holder.h"

namespace assay::framework {

// Raw where bytes are passed on as they were rendered.
using RawFrameworkService = v1::FrameworkService::WithRawCallbackMethod_GetScoringModel<
    v1::FrameworkService::CallbackService>;

class FrameworkApi final : public RawFrameworkService {
 public:
  // Borrows all, which outlive the server.
  FrameworkApi(const server::CallEnvironment* calls, const CatalogueHolder* holder,
               const VersionWrites* writes);

  grpc::ServerUnaryReactor* GetFramework(grpc::CallbackServerContext* context,
                                         const v1::GetFrameworkRequest* request,
                                         v1::Framework* reply) override;
  grpc::ServerUnaryReactor* ListFrameworks(grpc::CallbackServerContext* context,
                                           const v1::ListFrameworksRequest* request,
                                           v1::ListFrameworksResponse* reply) override;
  grpc::ServerUnaryReactor* GetVersion(grpc::CallbackServerContext* context,
                                       const v1::GetVersionRequest* request,
                                       v1::FrameworkVersion* reply) override;
  grpc::ServerUnaryReactor* ListVersions(grpc::CallbackServerContext* context,
                                         const v1::ListVersionsRequest* request,
                                         v1::ListVersionsResponse* reply) override;
  grpc::ServerUnaryReactor* GetItem(grpc::CallbackServerContext* context,
                                    const v1::GetItemRequest* request, v1::Item* reply) override;
  grpc::ServerUnaryReactor* ListItems(grpc::CallbackServerContext* context,
                                      const v1::ListItemsRequest* request,
                                      v1::ListItemsResponse* reply) override;
  grpc::ServerUnaryReactor* GetGroup(grpc::CallbackServerContext* context,
                                     const v1::GetGroupRequest* request, v1::Group* reply) override;
  grpc::ServerUnaryReactor* ListGroups(grpc::CallbackServerContext* context,
                                       const v1::ListGroupsRequest* request,
                                       v1::ListGroupsResponse* reply) override;
  grpc::ServerUnaryReactor* GetEvidenceCategory(grpc::CallbackServerContext* context,
                                                const v1::GetEvidenceCategoryRequest* request,
                                                v1::EvidenceCategory* reply) override;
  grpc::ServerUnaryReactor* ListEvidenceCategories(
      grpc::CallbackServerContext* context, const v1::ListEvidenceCategoriesRequest* request,
      v1::ListEvidenceCategoriesResponse* reply) override;
  grpc::ServerUnaryReactor* GetScoringModel(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* reply) override;
  grpc::ServerUnaryReactor* SelectVersion(grpc::CallbackServerContext* context,
                                          const v1::SelectVersionRequest* request,
                                          v1::SelectVersionResponse* reply) override;
  grpc::ServerUnaryReactor* GetCharacteristic(grpc::CallbackServerContext* context,
                                              const v1::GetCharacteristicRequest* request,
                                              v1::Characteristic* reply) override;
  grpc::ServerUnaryReactor* ListCharacteristics(grpc::CallbackServerContext* context,
                                                const v1::ListCharacteristicsRequest* request,
                                                v1::ListCharacteristicsResponse* reply) override;
  grpc::ServerUnaryReactor* GetCrosswalk(grpc::CallbackServerContext* context,
                                         const v1::GetCrosswalkRequest* request,
                                         v1::Crosswalk* reply) override;
  grpc::ServerUnaryReactor* ListCrosswalks(grpc::CallbackServerContext* context,
                                           const v1::ListCrosswalksRequest* request,
                                           v1::ListCrosswalksResponse* reply) override;
  grpc::ServerUnaryReactor* CreateVersion(grpc::CallbackServerContext* context,
                                          const v1::CreateVersionRequest* request,
                                          v1::FrameworkVersion* reply) override;
  grpc::ServerUnaryReactor* UpdateVersion(grpc::CallbackServerContext* context,
                                          const v1::UpdateVersionRequest* request,
                                          v1::FrameworkVersion* reply) override;
  grpc::ServerUnaryReactor* CheckVersion(grpc::CallbackServerContext* context,
                                         const v1::CheckVersionRequest* request,
                                         v1::CheckVersionResponse* reply) override;
  grpc::ServerUnaryReactor* PublishVersion(grpc::CallbackServerContext* context,
                                           const v1::PublishVersionRequest* request,
                                           v1::FrameworkVersion* reply) override;
  grpc::ServerUnaryReactor* WithdrawVersion(grpc::CallbackServerContext* context,
                                            const v1::WithdrawVersionRequest* request,
                                            v1::FrameworkVersion* reply) override;
  grpc::ServerUnaryReactor* DiffVersions(grpc::CallbackServerContext* context,
                                         const v1::DiffVersionsRequest* request,
                                         v1::DiffVersionsResponse* reply) override;
  grpc::ServerUnaryReactor* ListCombinations(grpc::CallbackServerContext* context,
                                             const v1::ListCombinationsRequest* request,
                                             v1::ListCombinationsResponse* reply) override;
  grpc::ServerUnaryReactor* SearchCharacteristics(
      grpc::CallbackServerContext* context, const v1::SearchCharacteristicsRequest* request,
      v1::SearchCharacteristicsResponse* reply) override;
  grpc::ServerUnaryReactor* SuggestItems(grpc::CallbackServerContext* context,
                                         const v1::SuggestItemsRequest* request,
                                         v1::SuggestItemsResponse* reply) override;
  grpc::ServerUnaryReactor* ImportOfficialText(grpc::CallbackServerContext* context,
                                               const v1::ImportOfficialTextRequest* request,
                                               v1::Edition* reply) override;

 private:
  // Answers by one of the reads, on the calling thread: they never block.
  template <class Request, class Reply>
  grpc::ServerUnaryReactor* Read(const server::Method& method, grpc::CallbackServerContext* context,
                                 const Request* request, Reply* reply,
                                 absl::Status (CatalogueReads::*read)(const Request&, Reply*)
                                     const) const;

  // The same for reads that take milliseconds, on the pool.
  template <class Request, class Reply>
  grpc::ServerUnaryReactor* LongRead(const server::Method& method,
                                     grpc::CallbackServerContext* context, const Request* request,
                                     Reply* reply,
                                     absl::Status (CatalogueReads::*read)(const Request&, Reply*)
                                         const) const;

  // Answers by one of the writes, on the pool: they block.
  template <class Request, class Reply>
  grpc::ServerUnaryReactor* Write(const server::Method& method,
                                  grpc::CallbackServerContext* context, const Request* request,
                                  Reply* reply,
                                  absl::Status (VersionWrites::*write)(const Request&, Reply*)
                                      const) const;

  const CatalogueReads reads_;
  const VersionWrites* const writes_;
  const server::Method get_framework_;
  const server::Method list_frameworks_;
  const server::Method get_version_;
  const server::Method list_versions_;
  const server::Method get_item_;
  const server::Method list_items_;
  const server::Method get_group_;
  const server::Method list_groups_;
  const server::Method get_evidence_category_;
  const server::Method list_evidence_categories_;
  const server::Method get_scoring_model_;
  const server::Method select_version_;
  const server::Method get_characteristic_;
  const server::Method list_characteristics_;
  const server::Method get_crosswalk_;
  const server::Method list_crosswalks_;
  const server::Method create_version_;
  const server::Method update_version_;
  const server::Method check_version_;
  const server::Method publish_version_;
  const server::Method withdraw_version_;
  const server::Method diff_versions_;
  const server::Method list_combinations_;
  const server::Method search_characteristics_;
  const server::Method suggest_items_;
  const server::Method import_official_text_;
};

}  // namespace assay::framework
