// The API over a loopback socket, with a real server and the shipped catalogue.

#include "services/framework/api/framework_api.h"

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

#include "assay/framework/v1/improvement_service.grpc.pb.h"
#include "services/common/catalogue/catalogue_directory.h"
#include "services/common/clock/clock.h"
#include "services/common/errors/errors.h"
#include "services/common/model/model.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/logging.h"
#include "services/common/server/status_conversion.h"
#include "services/framework/api/improvement_api.h"
#include "services/framework/storage/catalogue_files.h"
#include "services/framework/storage/catalogue_keeper.h"

namespace assay::framework {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kSaf[] = "frameworks/cqc-saf/versions/2024-12";

// A server over the shipped catalogue, one for all tests.
class Served {
 public:
  Served()
      : pool_({"work", 1, 16}),
        keeper_(
            CatalogueKeeper::Open(ReadShipped(catalogue::CatalogueDirectory("")).value(), nullptr)
                .value()),
        writes_(keeper_.get(), &clock_) {
    environment_.metrics = &metrics_;
    environment_.pool = &pool_;
    environment_.streams = &streams_;
    environment_.running = &running_;
    environment_.log = server::MakeJsonLogger("test", spdlog::level::info, log_);
    framework_ = std::make_unique<FrameworkApi>(&environment_, &keeper_->holder(), &writes_);
    improvement_ = std::make_unique<ImprovementApi>(&environment_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(framework_.get());
    builder.RegisterService(improvement_.get());
    server_ = builder.BuildAndStart();
    const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                             grpc::InsecureChannelCredentials());
    framework = v1::FrameworkService::NewStub(channel);
    improvement = v1::ImprovementService::NewStub(channel);
  }
  ~Served() {
    server_->Shutdown();
    server_->Wait();
  }

  std::unique_ptr<v1::FrameworkService::Stub> framework;
  std::unique_ptr<v1::ImprovementService::Stub> improvement;

 private:
  std::ostringstream log_;
  server::Metrics metrics_;
  server::WorkPool pool_;
  server::DrainRegistry streams_;
  server::CallCount running_;
  server::CallEnvironment environment_;
  const clock::SystemClock clock_;
  const std::unique_ptr<CatalogueKeeper> keeper_;
  const VersionWrites writes_;
  std::unique_ptr<FrameworkApi> framework_;
  std::unique_ptr<ImprovementApi> improvement_;
  std::unique_ptr<grpc::Server> server_;
};

class FrameworkApiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { served_ = new Served; }
  static void TearDownTestSuite() {
    delete served_;
    served_ = nullptr;
  }

  // Calls a method of FrameworkService with a deadline; the status as ours, with its details.
  template <class Request, class Reply>
  static absl::Status Call(grpc::Status (v1::FrameworkService::Stub::*method)(grpc::ClientContext*,
                                                                              const Request&,
                                                                              Reply*),
                           const Request& request, Reply* reply) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    return server::FromGrpc(((*served_->framework).*method)(&context, request, reply));
  }

  static Served* served_;
};

Served* FrameworkApiTest::served_ = nullptr;

using Stub = v1::FrameworkService::Stub;

// The violations of a bad request: "field: description".
std::vector<std::string> Violations(const absl::Status& status) {
  std::vector<std::string> lines;
  for (const errors::Violation& violation : errors::FieldViolations(status)) {
    lines.push_back(violation.field + ": " + violation.description);
  }
  return lines;
}

v1::GetVersionRequest VersionRequest(const std::string& name,
                                     const std::vector<std::string>& mask = {}) {
  v1::GetVersionRequest request;
  request.set_name(name);
  for (const std::string& path : mask) request.mutable_read_mask()->add_paths(path);
  return request;
}

TEST_F(FrameworkApiTest, GetsAndListsFrameworks) {
  v1::GetFrameworkRequest get;
  get.set_name("frameworks/cqc-saf");
  v1::Framework framework;
  ASSERT_TRUE(Call(&Stub::GetFramework, get, &framework).ok());
  EXPECT_EQ(framework.display_name(), "CQC single assessment framework");
  EXPECT_THAT(framework.versions(), ElementsAre("frameworks/cqc-saf/versions/2023-11", kSaf));
  v1::ListFrameworksResponse list;
  ASSERT_TRUE(Call(&Stub::ListFrameworks, v1::ListFrameworksRequest(), &list).ok());
  ASSERT_EQ(list.frameworks_size(), 5);
  EXPECT_EQ(list.frameworks(0).name(), "frameworks/cqc-asc");
  EXPECT_EQ(list.next_page_token(), "");
}

TEST_F(FrameworkApiTest, GetsAVersionWholeAndByMask) {
  v1::FrameworkVersion whole;
  ASSERT_TRUE(Call(&Stub::GetVersion, VersionRequest(kSaf), &whole).ok());
  EXPECT_EQ(whole.items_size(), 34);
  EXPECT_EQ(whole.state(), v1::VERSION_STATE_PUBLISHED);
  EXPECT_EQ(*model::VersionDigest(whole), whole.digest());
  v1::FrameworkVersion all;
  ASSERT_TRUE(Call(&Stub::GetVersion, VersionRequest(kSaf, {"*"}), &all).ok());
  EXPECT_EQ(all.SerializeAsString(), whole.SerializeAsString());
  v1::FrameworkVersion part;
  ASSERT_TRUE(Call(&Stub::GetVersion, VersionRequest(kSaf, {"name", "groups"}), &part).ok());
  EXPECT_EQ(part.name(), kSaf);
  EXPECT_EQ(part.groups_size(), 5);
  EXPECT_EQ(part.items_size(), 0);
  EXPECT_EQ(part.digest(), "");
}

TEST_F(FrameworkApiTest, ListsVersionsBrieflyOldestFirst) {
  v1::ListVersionsRequest request;
  request.set_parent("frameworks/-");
  v1::ListVersionsResponse list;
  ASSERT_TRUE(Call(&Stub::ListVersions, request, &list).ok());
  ASSERT_EQ(list.versions_size(), 6);
  EXPECT_EQ(list.versions(0).name(), "frameworks/cqc-asc/versions/2026-draft");
  EXPECT_TRUE(list.versions(0).draft());
  EXPECT_EQ(list.versions(4).name(), "frameworks/cqc-saf/versions/2023-11");
  EXPECT_EQ(list.versions(4).state(), v1::VERSION_STATE_SUPERSEDED);
  EXPECT_EQ(list.versions(5).items_size(), 0);
  EXPECT_FALSE(list.versions(5).has_scoring_model());
  EXPECT_EQ(list.versions(5).model_digest().size(), 64u);
  request.set_parent("frameworks/cqc-kloe");
  request.mutable_read_mask()->add_paths("groups");
  ASSERT_TRUE(Call(&Stub::ListVersions, request, &list).ok());
  ASSERT_EQ(list.versions_size(), 1);
  EXPECT_EQ(list.versions(0).groups_size(), 5);
  EXPECT_EQ(list.versions(0).name(), "");
}

TEST_F(FrameworkApiTest, GetsAnItemByIdCodeAndApiId) {
  for (const char* key : {"safe.learning-culture", "S1", "1"}) {
    v1::GetItemRequest request;
    request.set_name(std::string(kSaf) + "/items/" + key);
    v1::Item item;
    ASSERT_TRUE(Call(&Stub::GetItem, request, &item).ok()) << key;
    EXPECT_EQ(item.name(), std::string(kSaf) + "/items/safe.learning-culture");
  }
}

TEST_F(FrameworkApiTest, PagesThroughItemsInCatalogueOrder) {
  v1::ListItemsRequest request;
  request.set_parent(kSaf);
  request.set_page_size(15);
  std::vector<std::string> codes;
  int pages = 0;
  do {
    v1::ListItemsResponse page;
    ASSERT_TRUE(Call(&Stub::ListItems, request, &page).ok());
    for (const v1::Item& item : page.items()) codes.push_back(item.code());
    request.set_page_token(page.next_page_token());
    // Another size may be asked for on the way.
    request.set_page_size(10);
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  ASSERT_EQ(codes.size(), 34u);
  EXPECT_EQ(codes.front(), "S1");
  EXPECT_EQ(codes[15], "C2");
  EXPECT_EQ(codes.back(), "W8");
  request.set_page_token("");
  request.set_page_size(100000);
  request.set_group("caring");
  v1::ListItemsResponse caring;
  ASSERT_TRUE(Call(&Stub::ListItems, request, &caring).ok());
  EXPECT_EQ(caring.items_size(), 5);
}

TEST_F(FrameworkApiTest, PagesThroughCombinations) {
  v1::ListCombinationsRequest request;
  request.set_parent(kSaf);
  request.set_group("caring");
  request.set_level("good");
  request.set_sector("adult-social-care");
  request.set_page_size(4);
  std::int64_t vectors = 0;
  int multisets = 0;
  v1::ListCombinationsResponse page;
  do {
    ASSERT_TRUE(Call(&Stub::ListCombinations, request, &page).ok());
    multisets += page.combinations_size();
    for (const auto& one : page.combinations()) {
      EXPECT_EQ(one.levels_size(), 5);
      vectors += one.vectors();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_GT(multisets, 4);
  EXPECT_EQ(page.multisets(), multisets);
  EXPECT_EQ(page.vectors(), vectors);
  EXPECT_GE(page.multisets_without_caps(), 1);

  request.set_group("safety");
  request.set_sector("zoo");
  const absl::Status bad = Call(&Stub::ListCombinations, request, &page);
  EXPECT_EQ(Violations(bad).size(), 2u);
  request.set_parent("frameworks/cqc-saf/versions/1999");
  EXPECT_EQ(Call(&Stub::ListCombinations, request, &page).code(), absl::StatusCode::kNotFound);
}

TEST_F(FrameworkApiTest, GetsAndListsGroupsAndCategories) {
  v1::GetGroupRequest get_group;
  get_group.set_name(std::string(kSaf) + "/groups/well-led");
  v1::Group group;
  ASSERT_TRUE(Call(&Stub::GetGroup, get_group, &group).ok());
  EXPECT_EQ(group.question(), "Are they well-led?");
  v1::ListGroupsRequest list_groups;
  list_groups.set_parent(kSaf);
  v1::ListGroupsResponse groups;
  ASSERT_TRUE(Call(&Stub::ListGroups, list_groups, &groups).ok());
  EXPECT_EQ(groups.groups_size(), 5);
  v1::GetEvidenceCategoryRequest get_category;
  get_category.set_name("frameworks/cqc-saf/versions/2023-11/categories/observation");
  v1::EvidenceCategory category;
  ASSERT_TRUE(Call(&Stub::GetEvidenceCategory, get_category, &category).ok());
  EXPECT_EQ(category.display_name(), "Observation");
  v1::ListEvidenceCategoriesRequest list_categories;
  list_categories.set_parent("frameworks/cqc-saf/versions/2023-11");
  v1::ListEvidenceCategoriesResponse categories;
  ASSERT_TRUE(Call(&Stub::ListEvidenceCategories, list_categories, &categories).ok());
  EXPECT_EQ(categories.categories_size(), 6);
}

TEST_F(FrameworkApiTest, GivesTheScoringModelOnceADigest) {
  v1::GetScoringModelRequest request;
  request.set_name(kSaf);
  v1::GetScoringModelResponse first;
  ASSERT_TRUE(Call(&Stub::GetScoringModel, request, &first).ok());
  EXPECT_FALSE(first.not_modified());
  EXPECT_EQ(first.version().items_size(), 34);
  // Whoever gets the model can check that it is what the digest says.
  EXPECT_EQ(*model::ModelDigest(first.version()), first.model_digest());
  request.set_if_digest_not(first.model_digest());
  v1::GetScoringModelResponse again;
  ASSERT_TRUE(Call(&Stub::GetScoringModel, request, &again).ok());
  EXPECT_TRUE(again.not_modified());
  EXPECT_FALSE(again.has_version());
  EXPECT_EQ(again.model_digest(), first.model_digest());
  request.set_if_digest_not(std::string(64, '0'));
  ASSERT_TRUE(Call(&Stub::GetScoringModel, request, &again).ok());
  EXPECT_TRUE(again.has_version());
}

TEST_F(FrameworkApiTest, TellsWhatIsNotFound) {
  v1::FrameworkVersion version;
  const auto unknown_framework =
      Call(&Stub::GetVersion, VersionRequest("frameworks/none/versions/1"), &version);
  EXPECT_EQ(unknown_framework.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(errors::Reason(unknown_framework), "FRAMEWORK_NOT_FOUND");
  const auto unknown_version =
      Call(&Stub::GetVersion, VersionRequest("frameworks/cqc-saf/versions/1"), &version);
  EXPECT_EQ(errors::Reason(unknown_version), "FRAMEWORK_VERSION_NOT_FOUND");
  v1::GetFrameworkRequest framework;
  framework.set_name("frameworks/none");
  v1::Framework got_framework;
  EXPECT_EQ(errors::Reason(Call(&Stub::GetFramework, framework, &got_framework)),
            "FRAMEWORK_NOT_FOUND");
  v1::GetItemRequest item;
  item.set_name(std::string(kSaf) + "/items/S99");
  v1::Item got_item;
  EXPECT_EQ(errors::Reason(Call(&Stub::GetItem, item, &got_item)), "ITEM_NOT_FOUND");
  v1::GetGroupRequest group;
  group.set_name(std::string(kSaf) + "/groups/cheap");
  v1::Group got_group;
  EXPECT_EQ(errors::Reason(Call(&Stub::GetGroup, group, &got_group)), "KEY_QUESTION_NOT_FOUND");
  v1::GetEvidenceCategoryRequest category;
  category.set_name(std::string(kSaf) + "/categories/rumour");
  v1::EvidenceCategory got_category;
  EXPECT_EQ(errors::Reason(Call(&Stub::GetEvidenceCategory, category, &got_category)),
            "EVIDENCE_CATEGORY_NOT_FOUND");
  v1::ListVersionsRequest list;
  list.set_parent("frameworks/none");
  v1::ListVersionsResponse got_list;
  EXPECT_EQ(errors::Reason(Call(&Stub::ListVersions, list, &got_list)), "FRAMEWORK_NOT_FOUND");
  v1::ListItemsRequest items;
  items.set_parent("frameworks/cqc-saf/versions/1");
  v1::ListItemsResponse got_items;
  EXPECT_EQ(errors::Reason(Call(&Stub::ListItems, items, &got_items)),
            "FRAMEWORK_VERSION_NOT_FOUND");
}

TEST_F(FrameworkApiTest, TellsEveryViolationAtOnce) {
  v1::FrameworkVersion version;
  const auto bad_version =
      Call(&Stub::GetVersion, VersionRequest("cqc-saf@2024-12", {"items", "colour", "items.id"}),
           &version);
  EXPECT_EQ(bad_version.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Violations(bad_version),
              ElementsAre(HasSubstr("name: got \"cqc-saf@2024-12\", want frameworks/"),
                          HasSubstr("read_mask.paths[1]: got colour"),
                          HasSubstr("read_mask.paths[2]: got items.id")));
  const std::vector<std::string> many(33, "items");
  EXPECT_THAT(Violations(Call(&Stub::GetVersion, VersionRequest(kSaf, many), &version)),
              ElementsAre("read_mask: got 33 paths, want at most 32"));

  v1::ListItemsRequest items;
  items.set_parent("");
  items.set_page_size(-1);
  v1::ListItemsResponse got_items;
  EXPECT_THAT(Violations(Call(&Stub::ListItems, items, &got_items)),
              ElementsAre(HasSubstr("parent: got "), HasSubstr("page_size: got ")));
  items.set_parent(kSaf);
  items.set_group("cheap");
  EXPECT_THAT(Violations(Call(&Stub::ListItems, items, &got_items)),
              ElementsAre(HasSubstr("page_size: got "), HasSubstr("group: got cheap")));

  v1::GetItemRequest item;
  item.set_name(std::string(kSaf) + "/items/a b");
  v1::Item got_item;
  EXPECT_THAT(Violations(Call(&Stub::GetItem, item, &got_item)), ElementsAre(HasSubstr("name: ")));

  v1::GetScoringModelRequest model;
  model.set_name("x");
  model.set_if_digest_not("ABC");
  v1::GetScoringModelResponse got_model;
  EXPECT_THAT(Violations(Call(&Stub::GetScoringModel, model, &got_model)),
              ElementsAre(HasSubstr("name: "), HasSubstr("if_digest_not: got ABC")));
}

TEST_F(FrameworkApiTest, RefusesTokensThatAreNotItsOwnOrOfAnotherQuery) {
  v1::ListItemsRequest request;
  request.set_parent(kSaf);
  request.set_page_size(1);
  v1::ListItemsResponse page;
  ASSERT_TRUE(Call(&Stub::ListItems, request, &page).ok());
  const std::string token = page.next_page_token();
  request.set_page_token(token);
  ASSERT_TRUE(Call(&Stub::ListItems, request, &page).ok());
  EXPECT_EQ(page.items(0).code(), "S2");

  request.set_page_token("not a token");
  EXPECT_EQ(errors::Reason(Call(&Stub::ListItems, request, &page)), "TOKEN_MALFORMED");
  request.set_page_token(token.substr(1));
  EXPECT_EQ(errors::Reason(Call(&Stub::ListItems, request, &page)), "TOKEN_MALFORMED");
  request.set_page_token(token);
  request.set_group("safe");
  EXPECT_EQ(errors::Reason(Call(&Stub::ListItems, request, &page)), "PAGE_TOKEN_MISMATCH");
  v1::ListGroupsRequest groups;
  groups.set_parent(kSaf);
  groups.set_page_token(token);
  v1::ListGroupsResponse got_groups;
  EXPECT_EQ(errors::Reason(Call(&Stub::ListGroups, groups, &got_groups)), "PAGE_TOKEN_MISMATCH");
}

TEST_F(FrameworkApiTest, WithoutAStoreNothingIsWritten) {
  v1::CreateVersionRequest create;
  create.set_parent("frameworks/mine");
  create.set_version_id("1");
  create.mutable_version()->set_display_name("Mine");
  v1::FrameworkVersion version;
  EXPECT_EQ(errors::Reason(Call(&Stub::CreateVersion, create, &version)), "STORE_NOT_CONFIGURED");
  v1::UpdateVersionRequest update;
  update.mutable_version()->set_name(kSaf);
  EXPECT_EQ(errors::Reason(Call(&Stub::UpdateVersion, update, &version)), "STORE_NOT_CONFIGURED");
  v1::PublishVersionRequest publish;
  publish.set_name(kSaf);
  EXPECT_EQ(errors::Reason(Call(&Stub::PublishVersion, publish, &version)), "STORE_NOT_CONFIGURED");
  v1::WithdrawVersionRequest withdraw;
  withdraw.set_name(kSaf);
  withdraw.set_reason("no longer wanted");
  EXPECT_EQ(errors::Reason(Call(&Stub::WithdrawVersion, withdraw, &version)),
            "STORE_NOT_CONFIGURED");
}

TEST_F(FrameworkApiTest, SelectsTheVersionInForce) {
  v1::SelectVersionRequest request;
  request.set_parent("frameworks/cqc-saf");
  request.mutable_assessment_start()->set_year(2025);
  request.mutable_assessment_start()->set_month(3);
  request.mutable_assessment_start()->set_day(1);
  v1::SelectVersionResponse selected;
  ASSERT_TRUE(Call(&Stub::SelectVersion, request, &selected).ok());
  EXPECT_EQ(selected.version(), kSaf);
  request.mutable_assessment_start()->set_year(2001);
  const auto before = Call(&Stub::SelectVersion, request, &selected);
  EXPECT_EQ(before.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(errors::Reason(before), "VERSION_NOT_IN_FORCE");
  request.set_parent("frameworks/none");
  EXPECT_EQ(errors::Reason(Call(&Stub::SelectVersion, request, &selected)), "FRAMEWORK_NOT_FOUND");
  request.set_parent("none");
  request.clear_assessment_start();
  request.set_sector(std::string(201, 'a'));
  EXPECT_THAT(
      Violations(Call(&Stub::SelectVersion, request, &selected)),
      ElementsAre(HasSubstr("parent: "), HasSubstr("sector: "), HasSubstr("assessment_start: ")));
}

// Named after the fault: for starts from April to November 2023 the method of local authorities was
// chosen where no sector was given, though providers were assessed on the same days.
TEST_F(FrameworkApiTest, ChoosesAmongFrameworksBySectorOnly) {
  const auto select = [](int year, int month, const char* sector) {
    v1::SelectVersionRequest request;
    request.set_parent("frameworks/-");
    request.set_sector(sector);
    request.mutable_assessment_start()->set_year(year);
    request.mutable_assessment_start()->set_month(month);
    request.mutable_assessment_start()->set_day(15);
    v1::SelectVersionResponse selected;
    const absl::Status status = Call(&Stub::SelectVersion, request, &selected);
    return status.ok() ? selected.version() : errors::Reason(status);
  };
  EXPECT_EQ(select(2023, 3, ""), "frameworks/cqc-kloe/versions/2017-11") << "the only one";
  for (const auto& [year, month] :
       {std::pair(2023, 4), std::pair(2023, 11), std::pair(2023, 12), std::pair(2026, 1)}) {
    EXPECT_EQ(select(year, month, ""), "VERSION_AMBIGUOUS") << year << "-" << month;
    EXPECT_EQ(select(year, month, "local-authority"), "frameworks/cqc-la/versions/2023-04");
  }
  EXPECT_EQ(select(2023, 11, "integrated-care-system"), "VERSION_NOT_IN_FORCE");
  EXPECT_EQ(select(2026, 1, "integrated-care-system"), kSaf) << "it holds a statement for them";
  EXPECT_EQ(select(2023, 5, "adult-social-care"), "frameworks/cqc-kloe/versions/2017-11");
  EXPECT_EQ(select(2023, 12, "Homecare"), "frameworks/cqc-saf/versions/2023-11");
  EXPECT_EQ(select(2026, 1, "nhs-trust"), kSaf);
  v1::SelectVersionRequest request;
  request.set_parent("frameworks/-");
  request.mutable_assessment_start()->set_year(2023);
  request.mutable_assessment_start()->set_month(5);
  request.mutable_assessment_start()->set_day(1);
  v1::SelectVersionResponse none;
  const absl::Status told = Call(&Stub::SelectVersion, request, &none);
  EXPECT_THAT(std::string(told.message()),
              AllOf(HasSubstr("cqc-kloe/versions/2017-11"), HasSubstr("cqc-la/versions/2023-04"),
                    HasSubstr("give the sector")));
}

TEST_F(FrameworkApiTest, GetsAndListsCrosswalks) {
  v1::ListCrosswalksRequest list;
  list.set_parent(kSaf);
  v1::ListCrosswalksResponse listed;
  ASSERT_TRUE(Call(&Stub::ListCrosswalks, list, &listed).ok());
  ASSERT_EQ(listed.crosswalks_size(), 1);
  EXPECT_EQ(listed.crosswalks(0).source_version(), "frameworks/cqc-saf/versions/2023-11");
  v1::GetCrosswalkRequest get;
  get.set_name(listed.crosswalks(0).name());
  v1::Crosswalk got;
  ASSERT_TRUE(Call(&Stub::GetCrosswalk, get, &got).ok());
  EXPECT_EQ(got.SerializeAsString(), listed.crosswalks(0).SerializeAsString());
  get.set_name(std::string(kSaf) + "/crosswalks/nowhere");
  EXPECT_EQ(errors::Reason(Call(&Stub::GetCrosswalk, get, &got)), "CROSSWALK_NOT_FOUND");
  list.set_parent("frameworks/cqc-saf/versions/1");
  EXPECT_EQ(errors::Reason(Call(&Stub::ListCrosswalks, list, &listed)),
            "FRAMEWORK_VERSION_NOT_FOUND");
}

TEST_F(FrameworkApiTest, ComparesVersions) {
  v1::DiffVersionsRequest request;
  request.set_base("frameworks/cqc-saf/versions/2023-11");
  request.set_target(kSaf);
  v1::DiffVersionsResponse diff;
  ASSERT_TRUE(Call(&Stub::DiffVersions, request, &diff).ok());
  EXPECT_GT(diff.differences_size(), 0);
  request.set_base(kSaf);
  ASSERT_TRUE(Call(&Stub::DiffVersions, request, &diff).ok());
  EXPECT_EQ(diff.differences_size(), 0);
  request.set_base("frameworks/cqc-saf/versions/1");
  EXPECT_EQ(errors::Reason(Call(&Stub::DiffVersions, request, &diff)),
            "FRAMEWORK_VERSION_NOT_FOUND");
}

TEST_F(FrameworkApiTest, WhatIsNotBuiltSaysSo) {
  v1::SuggestItemsResponse items;
  EXPECT_EQ(errors::Reason(Call(&Stub::SuggestItems, v1::SuggestItemsRequest(), &items)),
            "METHOD_UNIMPLEMENTED");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  v1::ListSuccessFactorsResponse factors;
  const auto listed = server::FromGrpc(served_->improvement->ListSuccessFactors(
      &context, v1::ListSuccessFactorsRequest(), &factors));
  EXPECT_EQ(errors::Reason(listed), "METHOD_UNIMPLEMENTED");
}

}  // namespace
}  // namespace assay::framework
