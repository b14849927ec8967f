// A rating method is a file: published through the real service, judged under, rated by, beside the
// versions that were there before; and nothing of it is lost, whatever happens to the service.

#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "services/common/errors/errors.h"
#include "tests/common/server/raw_call.h"
#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

namespace fw = framework::v1;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using Stub = fw::FrameworkService::Stub;

// The shipped method with another name: its text, from its file.
std::string TextNamed(const std::string& framework, const std::string& version) {
  return absl::StrReplaceAll(
      ReadFile(Source("services/framework/catalogue/cqc-saf@2024-12.txtpb")),
      {{"name: \"frameworks/cqc-saf/versions/2024-12\"",
        absl::StrCat("name: \"frameworks/", framework, "/versions/", version, "\"")}});
}

fw::FrameworkVersion Parsed(const std::string& text) {
  fw::FrameworkVersion version;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &version));
  return version;
}

// The next version of the shipped framework: good begins at 50 %, for assessments from 2027.
fw::FrameworkVersion Lenient(const std::string& id) {
  fw::FrameworkVersion version = Parsed(TextNamed("cqc-saf", id));
  version.mutable_effective_from()->set_year(2027);
  for (fw::Ladder& ladder : *version.mutable_scoring_model()->mutable_ladders()) {
    for (fw::Stage& stage : *ladder.mutable_stages()) {
      if (!stage.has_percent_bands()) continue;
      for (fw::Band& band : *stage.mutable_percent_bands()->mutable_bands()) {
        if (band.level() == "requires-improvement") band.set_to_percent(49);
        if (band.level() == "good") band.set_from_percent(50);
      }
    }
  }
  return version;
}

fw::CreateVersionRequest CreationOf(const fw::FrameworkVersion& version) {
  fw::CreateVersionRequest request;
  const std::size_t cut = version.name().find("/versions/");
  request.set_parent(version.name().substr(0, cut));
  request.set_version_id(version.name().substr(cut + 10));
  *request.mutable_version() = version;
  return request;
}

absl::StatusOr<fw::FrameworkVersion> PublishOn(Stub& stub, const std::string& name) {
  fw::PublishVersionRequest request;
  request.set_name(name);
  return Ask(stub, &Stub::PublishVersion, request);
}

absl::StatusOr<fw::FrameworkVersion> GetOn(Stub& stub, const std::string& name) {
  fw::GetVersionRequest request;
  request.set_name(name);
  return Ask(stub, &Stub::GetVersion, request);
}

// A judgement of the location by another version.
evidence::v1::Judgement JudgeBy(Suite& suite, absl::string_view location,
                                const std::string& version, int level) {
  evidence::v1::Judgement judgement = Score(kLearning, level, Day("2025-03-01"));
  judgement.set_framework_version(version);
  return Judge(suite, location, judgement);
}

TEST(FrameworkLifecycleTest, APublishedVersionRatesBesideTheOldOne) {
  SuiteOptions options;
  options.redis = false;
  auto started = Suite::Start(options);
  ASSERT_TRUE(started.ok()) << started.status();
  Suite& suite = **started;
  Register(suite, NewLocation("1-701"));
  Register(suite, NewLocation("1-702"));
  const evidence::v1::Judgement before =
      Judge(suite, "1-701", Score(kLearning, 2, Day("2025-03-01")));
  EXPECT_EQ(Overall(Rate(suite, RatingOf("1-701", {before.revision()}))), "Requires improvement");

  const fw::FrameworkVersion lenient = Lenient("2027-01");
  const auto created = Ask(suite.frameworks(), &Stub::CreateVersion, CreationOf(lenient));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->state(), fw::VERSION_STATE_PROVEN);
  // Nothing is rated by a draft.
  evidence::v1::CreateJudgementRequest early;
  early.set_parent("locations/1-702");
  *early.mutable_judgement() = Score(kLearning, 2, Day("2025-03-01"));
  early.mutable_judgement()->set_framework_version(lenient.name());
  const auto refused =
      Ask(suite.record(), &evidence::v1::RecordService::Stub::CreateJudgement, early);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << refused.status();

  const auto published = PublishOn(suite.frameworks(), lenient.name());
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(GetOn(suite.frameworks(), kVersion)->state(), fw::VERSION_STATE_SUPERSEDED);

  // Two of four points are 50 %: good by the new method, and not by the old one.
  const evidence::v1::Judgement after = JudgeBy(suite, "1-702", lenient.name(), 2);
  const scoring::v1::Rating by_new = Rate(suite, RatingOf("1-702", {after.revision()}));
  EXPECT_EQ(Overall(by_new), "Good");
  EXPECT_EQ(by_new.framework_version(), lenient.name());
  const scoring::v1::Rating by_old = Rate(suite, RatingOf("1-701", {after.revision()}));
  EXPECT_EQ(Overall(by_old), "Requires improvement");
  EXPECT_EQ(by_old.framework_version(), kVersion);

  // Withdrawn, it still rates what was assessed under it, also for a replica that starts anew.
  fw::WithdrawVersionRequest withdraw;
  withdraw.set_name(lenient.name());
  withdraw.set_reason("Found to be too lenient.");
  ASSERT_TRUE(Ask(suite.frameworks(), &Stub::WithdrawVersion, withdraw).ok());
  suite.framework().Kill();
  suite.scoring().Kill();
  ASSERT_TRUE(suite.framework().Start().ok());
  ASSERT_TRUE(suite.scoring().Start().ok());
  EXPECT_EQ(Overall(Rate(suite, RatingOf("1-702", {after.revision()}))), "Good");
  EXPECT_EQ(GetOn(suite.frameworks(), lenient.name())->withdraw_reason(),
            "Found to be too lenient.");
}

// One framework service on a store of its own.
class FrameworkServerTest : public ::testing::Test {
 protected:
  FrameworkServerTest()
      : server_("framework", folder_.path(),
                {"--catalogue", Source("services/framework/catalogue"), "--store",
                 folder_.File("framework.db")}),
        stub_(fw::FrameworkService::NewStub(server_.channel())) {}

  TestFolder folder_;
  Server server_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(FrameworkServerTest, NothingPublishedIsLostByAKill) {
  const int rounds = std::getenv("ASSAY_NIGHTLY") == nullptr ? 4 : 60;
  std::mt19937 dice(20250615);
  std::map<std::string, std::string> acknowledged;  // digest by name
  for (int round = 0; round < rounds; ++round) {
    ASSERT_TRUE(server_.Start().ok()) << server_.Log();
    for (const auto& [name, digest] : acknowledged) {
      const auto version = GetOn(*stub_, name);
      ASSERT_TRUE(version.ok()) << name << " was acknowledged: " << version.status();
      EXPECT_EQ(version->digest(), digest);
      EXPECT_EQ(version->state() == fw::VERSION_STATE_PUBLISHED ||
                    version->state() == fw::VERSION_STATE_SUPERSEDED,
                true);
    }
    const int target = 1 + static_cast<int>(dice() % 4);
    std::atomic<int> done = 0;
    std::thread writer([&] {
      for (int i = 0;; ++i) {
        const std::string name = absl::StrCat("frameworks/killed/versions/", round, ".", i);
        const auto created = Ask(
            *stub_, &Stub::CreateVersion,
            CreationOf(Parsed(TextNamed("killed", absl::StrCat(round, ".", i)))), absl::Seconds(5));
        if (!created.ok()) return;
        fw::PublishVersionRequest publish;
        publish.set_name(name);
        const auto published = Ask(*stub_, &Stub::PublishVersion, publish, absl::Seconds(5));
        if (!published.ok()) return;
        acknowledged[name] = published->digest();
        ++done;
      }
    });
    while (done < target) std::this_thread::yield();
    server_.Kill();
    writer.join();
  }
  EXPECT_GE(acknowledged.size(), static_cast<std::size_t>(rounds));
}

TEST_F(FrameworkServerTest, TwoPublishersAtOnceOneWins) {
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  std::atomic<int> won = 0;
  std::vector<std::string> reasons(4);
  std::vector<std::thread> publishers;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    publishers.emplace_back([&, i] {
      fw::FrameworkVersion version = Parsed(TextNamed("raced", "1"));
      version.add_notes(absl::StrCat("Publisher ", i));
      const auto created = Ask(*stub_, &Stub::CreateVersion, CreationOf(version));
      absl::Status status = created.status();
      if (created.ok()) {
        fw::PublishVersionRequest publish;
        publish.set_name(version.name());
        publish.set_etag(created->etag());
        status = Ask(*stub_, &Stub::PublishVersion, publish).status();
      }
      won += status.ok() ? 1 : 0;
      reasons[i] = errors::Reason(status);
    });
  }
  for (std::thread& publisher : publishers) publisher.join();
  EXPECT_EQ(won, 1);
  for (const std::string& reason : reasons) {
    EXPECT_THAT(reason, AnyOf("", "FRAMEWORK_VERSION_ALREADY_EXISTS", "RESOURCE_IMMUTABLE",
                              "ETAG_MISMATCH"));
  }
}

TEST_F(FrameworkServerTest, BadInputIsToldAndTheOldVersionsServe) {
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  const std::string good = TextNamed("mine", "1");
  struct Case {
    const char* what;
    std::string text;
    const char* says;
  };
  const Case cases[] = {
      {"truncated", good.substr(0, good.size() / 2), ""},
      {"binary",
       std::string("\x7f"
                   "ELF\x00\x01\xff\xfe",
                   8),
       ""},
      {"empty", "", "name"},
      {"reused id", absl::StrReplaceAll(good, {{"id: \"caring.", "id: \"safe."}}), "safe."},
  };
  for (const Case& c : cases) {
    fw::CheckVersionRequest request;
    request.set_text(c.text);
    const auto checked = Ask(*stub_, &Stub::CheckVersion, request);
    ASSERT_TRUE(checked.ok()) << c.what << checked.status();
    EXPECT_FALSE(checked->publishable()) << c.what;
    std::vector<std::string> messages;
    for (const fw::Diagnostic& one : checked->diagnostics()) {
      messages.push_back(absl::StrCat(one.field(), " ", one.message()));
    }
    EXPECT_THAT(messages, Contains(HasSubstr(c.says))) << c.what;
  }
  // 2 MiB reach the service and are refused by it, 100 MB are refused on the way.
  fw::CheckVersionRequest large;
  large.set_text(std::string(std::size_t{2} << 20, '#'));
  EXPECT_EQ(errors::Reason(Ask(*stub_, &Stub::CheckVersion, large).status()), "REQUEST_INVALID");
  large.mutable_text()->resize(100'000'000, '#');
  EXPECT_EQ(Ask(*stub_, &Stub::CheckVersion, large).status().code(),
            absl::StatusCode::kResourceExhausted);
  fw::FrameworkVersion huge = Parsed(good);
  huge.add_notes(std::string(std::size_t{2} << 20, 'x'));
  EXPECT_EQ(errors::Reason(Ask(*stub_, &Stub::CreateVersion, CreationOf(huge)).status()),
            "FRAMEWORK_VERSION_INVALID");
  // Over what was shipped.
  fw::FrameworkVersion over = Parsed(TextNamed("cqc-saf", "2024-12"));
  over.add_notes("Another content.");
  EXPECT_EQ(errors::Reason(Ask(*stub_, &Stub::CreateVersion, CreationOf(over)).status()),
            "RESOURCE_IMMUTABLE");
  EXPECT_EQ(GetOn(*stub_, kVersion)->state(), fw::VERSION_STATE_PUBLISHED);
}

// So many items in one group that nobody could visit their combinations.
fw::FrameworkVersion Endless() {
  fw::FrameworkVersion version = Parsed(TextNamed("endless", "1"));
  for (int i = 0; i < 100; ++i) {
    fw::Item* item = version.add_items();
    item->set_id(absl::StrCat("safe.more-", i));
    item->set_group("safe");
    item->set_display_name(absl::StrCat("More ", i));
    item->set_kind(fw::ITEM_KIND_QUALITY_STATEMENT);
  }
  return version;
}

TEST_F(FrameworkServerTest, AnEndlessEnumerationIsRefusedWithTheBoundAndTheOldVersionsServe) {
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  fw::CheckVersionRequest check;
  *check.mutable_version() = Endless();
  const auto checked = Ask(*stub_, &Stub::CheckVersion, check);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_FALSE(checked->publishable());
  std::vector<std::string> found;
  for (const fw::Diagnostic& one : checked->diagnostics()) {
    found.push_back(absl::StrCat(one.check(), ": ", one.message()));
  }
  EXPECT_THAT(found, Contains(AllOf(HasSubstr("enumeration-too-large: "),
                                    HasSubstr("input vectors, want at most 1000000, at Safe"))));

  const auto created = Ask(*stub_, &Stub::CreateVersion, CreationOf(Endless()));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->state(), fw::VERSION_STATE_DRAFT);
  const absl::Status published = PublishOn(*stub_, created->name()).status();
  EXPECT_EQ(errors::Reason(published), "VERSION_NOT_PROVEN");
  std::vector<std::string> named;
  for (const errors::Violation& one : errors::FieldViolations(published)) {
    named.push_back(one.description);
  }
  EXPECT_THAT(named, Contains(HasSubstr("input vectors, want at most 1000000, at Safe")));

  fw::ListCombinationsRequest list;
  list.set_parent(created->name());
  list.set_group("safe");
  list.set_level("good");
  const absl::Status listed = Ask(*stub_, &Stub::ListCombinations, list).status();
  EXPECT_EQ(errors::Reason(listed), "REQUEST_INVALID");
  EXPECT_THAT(std::string(listed.message()), HasSubstr("at most 100000 multisets"));

  list.set_parent(kVersion);
  EXPECT_EQ(Ask(*stub_, &Stub::ListCombinations, list)->multisets(), 36);
  EXPECT_EQ(GetOn(*stub_, kVersion)->state(), fw::VERSION_STATE_PUBLISHED);
  fw::GetScoringModelRequest model;
  model.set_name(created->name());
  EXPECT_EQ(errors::Reason(Ask(*stub_, &Stub::GetScoringModel, model).status()),
            "VERSION_NOT_PUBLISHED");
}

// Whoever asks for what the file held is told; what was shipped is served; the file stays as it is.
TEST_F(FrameworkServerTest, ADamagedStoreLeavesWhatIsShippedServing) {
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  const auto create = [this](const std::string& id) {
    return Ask(*stub_, &Stub::CreateVersion, CreationOf(Parsed(TextNamed("mine", id))));
  };
  for (const char* id : {"0", "1", "2"}) ASSERT_TRUE(create(id).ok());
  ASSERT_EQ(*server_.Stop(), 0);
  const std::string whole = ReadFile(folder_.File("framework.db"));
  std::string overwritten = whole;
  overwritten.replace(4096, 8192, std::string(8192, '\x5a'));
  const std::pair<const char*, std::string> cases[] = {
      {"overwritten", overwritten},
      {"cut", whole.substr(0, whole.size() / 2)},
      {"no database", "name: \"frameworks/mine/versions/0\"\n"},
      {"emptied", ""},
  };
  for (const auto& [what, bytes] : cases) {
    SCOPED_TRACE(what);
    folder_.Write("framework.db", bytes);
    ASSERT_TRUE(server_.Start().ok()) << server_.Log();
    EXPECT_TRUE(
        test::WaitForHealth(server_.channel(), "dependency/store", test::Health::kNotServing));
    EXPECT_TRUE(test::WaitForHealth(server_.channel(), "", test::Health::kServing));
    EXPECT_THAT(server_.Log(), HasSubstr("framework store is damaged"));
    EXPECT_EQ(GetOn(*stub_, kVersion)->state(), fw::VERSION_STATE_PUBLISHED);
    const absl::Status refused = create("3").status();
    EXPECT_EQ(errors::Reason(refused), "DATA_CORRUPT") << refused;
    ASSERT_EQ(*server_.Stop(), 0);
    EXPECT_TRUE(ReadFile(folder_.File("framework.db")) == bytes);
  }
  folder_.Write("framework.db", whole);
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  EXPECT_TRUE(test::WaitForHealth(server_.channel(), "dependency/store", test::Health::kServing));
  EXPECT_EQ(GetOn(*stub_, "frameworks/mine/versions/2")->state(), fw::VERSION_STATE_PROVEN);
}

}  // namespace
}  // namespace assay::integration
