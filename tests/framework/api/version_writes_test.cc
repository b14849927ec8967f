// The writes over a real store and the catalogue that they put in force.

#include "services/framework/api/version_writes.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/version/version_text.h"
#include "services/framework/storage/sqlite/sqlite_version_store.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kShipped[] = "frameworks/sample/versions/2024";
constexpr char kNew[] = "frameworks/sample/versions/2025";
constexpr char kId1[] = "0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a51";
constexpr char kId2[] = "0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a52";

template <class Answer>
struct Got {
  absl::Status status;
  Answer answer;
};

class VersionWritesTest : public testing::Test {
 protected:
  VersionWritesTest() { Restart(); }

  // Ends the service and starts it again on the same file, with these versions shipped.
  void Restart(const std::vector<v1::FrameworkVersion>& shipped = {SampleVersion()}) {
    keeper_.reset();
    store_.reset();
    SqliteVersionOptions options;
    options.path = folder_.File("framework.db");
    auto store = OpenSqliteVersionStore(options);
    if (!store.ok()) std::abort();
    store_ = *std::move(store);
    std::vector<VersionPtr> served;
    for (const v1::FrameworkVersion& one : shipped) served.push_back(Served(one));
    auto keeper = CatalogueKeeper::Open({served, {}}, store_.get());
    if (!keeper.ok()) std::abort();
    keeper_ = *std::move(keeper);
    writes_ = std::make_unique<VersionWrites>(keeper_.get(), &clock_);
  }

  Got<v1::FrameworkVersion> Create(const v1::FrameworkVersion& version,
                                   const std::string& request_id = "") {
    v1::CreateVersionRequest request;
    request.set_parent("frameworks/sample");
    request.set_version_id(version.name().substr(version.name().rfind('/') + 1));
    *request.mutable_version() = version;
    request.set_request_id(request_id);
    Got<v1::FrameworkVersion> got;
    got.status = writes_->CreateVersion(request, &got.answer);
    return got;
  }
  Got<v1::FrameworkVersion> Update(const v1::FrameworkVersion& version,
                                   const std::vector<std::string>& mask = {},
                                   const std::string& request_id = "") {
    v1::UpdateVersionRequest request;
    *request.mutable_version() = version;
    for (const std::string& path : mask) request.mutable_update_mask()->add_paths(path);
    request.set_request_id(request_id);
    Got<v1::FrameworkVersion> got;
    got.status = writes_->UpdateVersion(request, &got.answer);
    return got;
  }
  absl::Status Check(const v1::CheckVersionRequest& request, v1::CheckVersionResponse* answer) {
    return writes_->CheckVersion(
        request, [] { return false; }, answer);
  }
  Got<v1::FrameworkVersion> Publish(const std::string& name, const std::string& etag = "",
                                    const std::string& request_id = "") {
    v1::PublishVersionRequest request;
    request.set_name(name);
    request.set_etag(etag);
    request.set_request_id(request_id);
    Got<v1::FrameworkVersion> got;
    got.status = writes_->PublishVersion(request, &got.answer);
    return got;
  }
  Got<v1::FrameworkVersion> Withdraw(const std::string& name, const std::string& reason = "why",
                                     const std::string& request_id = "") {
    v1::WithdrawVersionRequest request;
    request.set_name(name);
    request.set_reason(reason);
    request.set_request_id(request_id);
    Got<v1::FrameworkVersion> got;
    got.status = writes_->WithdrawVersion(request, &got.answer);
    return got;
  }

  // What is served under a name; an empty message: nothing.
  v1::FrameworkVersion Serving(const std::string& name) const {
    const auto catalogue = keeper_->holder().Current();
    const CatalogueVersion* version = catalogue->FindVersion(name);
    return version == nullptr ? v1::FrameworkVersion() : version->message();
  }

  TemporaryFolder folder_;
  clock::ManualClock clock_{absl::FromUnixSeconds(1750000000)};
  std::unique_ptr<VersionStore> store_;
  std::unique_ptr<CatalogueKeeper> keeper_;
  std::unique_ptr<VersionWrites> writes_;
};

v1::FrameworkVersion New(const std::string& words = "New") {
  v1::FrameworkVersion version = SampleVersion("2025", 2025);
  version.set_display_name(words);
  return version;
}

// A version that may be held, and not be published: an item in no group.
v1::FrameworkVersion Faulty() {
  v1::FrameworkVersion version = New("Faulty");
  version.mutable_items(1)->set_group("cold");
  return version;
}

TEST_F(VersionWritesTest, AVersionGoesFromDraftToWithdrawnAndEachStateIsServed) {
  const auto created = Create(New());
  ASSERT_TRUE(created.status.ok()) << created.status;
  EXPECT_EQ(created.answer.state(), v1::VERSION_STATE_PROVEN);
  EXPECT_EQ(Serving(kNew).state(), v1::VERSION_STATE_PROVEN);
  EXPECT_EQ(Serving(kShipped).state(), v1::VERSION_STATE_PUBLISHED);

  const auto published = Publish(kNew, created.answer.etag());
  ASSERT_TRUE(published.status.ok()) << published.status;
  EXPECT_EQ(published.answer.publish_time().seconds(), 1750000000);
  EXPECT_EQ(published.answer.digest(), created.answer.digest());
  EXPECT_EQ(Serving(kNew).state(), v1::VERSION_STATE_PUBLISHED);
  EXPECT_EQ(Serving(kShipped).state(), v1::VERSION_STATE_SUPERSEDED);

  const auto withdrawn = Withdraw(kNew, "It was not agreed.");
  ASSERT_TRUE(withdrawn.status.ok()) << withdrawn.status;
  Restart();
  EXPECT_EQ(Serving(kNew).state(), v1::VERSION_STATE_WITHDRAWN);
  EXPECT_EQ(Serving(kNew).withdraw_reason(), "It was not agreed.");
  EXPECT_EQ(Serving(kShipped).state(), v1::VERSION_STATE_PUBLISHED);
}

TEST_F(VersionWritesTest, ADraftMayBeFaultyAndAPublishedVersionMayNot) {
  const auto created = Create(Faulty());
  ASSERT_TRUE(created.status.ok()) << created.status;
  EXPECT_EQ(created.answer.state(), v1::VERSION_STATE_DRAFT);
  const auto refused = Publish(kNew);
  EXPECT_EQ(errors::Reason(refused.status), "VERSION_NOT_PROVEN");
  std::vector<std::string> fields;
  for (const auto& fault : errors::FieldViolations(refused.status)) fields.push_back(fault.field);
  EXPECT_THAT(fields, Contains("items[1].group"));
  EXPECT_EQ(Serving(kNew).state(), v1::VERSION_STATE_DRAFT);
  const auto mended = Update(New());
  ASSERT_TRUE(mended.status.ok()) << mended.status;
  EXPECT_EQ(mended.answer.state(), v1::VERSION_STATE_PROVEN);
  EXPECT_TRUE(Publish(kNew).status.ok());
}

TEST_F(VersionWritesTest, AnotherContentUnderAPublishedNameIsRefused) {
  ASSERT_TRUE(Create(New()).status.ok());
  const auto published = Publish(kNew);
  for (const std::string& name : {std::string(kNew), std::string(kShipped)}) {
    v1::FrameworkVersion other = New("Other");
    other.set_name(name);
    EXPECT_EQ(errors::Reason(Create(other).status), "RESOURCE_IMMUTABLE") << name;
    EXPECT_EQ(errors::Reason(Update(other).status), "RESOURCE_IMMUTABLE") << name;
  }
  EXPECT_EQ(errors::Reason(Publish(kNew, "\"other\"").status), "RESOURCE_IMMUTABLE");
  EXPECT_EQ(Serving(kNew).digest(), published.answer.digest());
}

TEST_F(VersionWritesTest, TheSameContentIsOneVersionHoweverOften) {
  const auto created = Create(New());
  EXPECT_EQ(Create(New()).answer.SerializeAsString(), created.answer.SerializeAsString());
  const auto published = Publish(kNew);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Publish(kNew).answer.SerializeAsString(), published.answer.SerializeAsString());
  EXPECT_EQ(Publish(kNew, published.answer.etag()).answer.publish_time().seconds(), 1750000000);
  const auto again = Create(New());
  ASSERT_TRUE(again.status.ok()) << again.status;
  EXPECT_EQ(again.answer.state(), v1::VERSION_STATE_PUBLISHED);
  const auto shipped = Create(SampleVersion());
  ASSERT_TRUE(shipped.status.ok()) << shipped.status;
  EXPECT_EQ(shipped.answer.digest(), Serving(kShipped).digest());
  EXPECT_TRUE(Publish(kShipped).status.ok());
}

TEST_F(VersionWritesTest, ARequestIdGetsItsAnswerAgainAlsoAfterARestart) {
  const auto created = Create(New("One"), kId1);
  ASSERT_TRUE(Update(New("Two")).status.ok());
  Restart();
  const auto again = Create(New("One"), kId1);
  ASSERT_TRUE(again.status.ok()) << again.status;
  EXPECT_EQ(again.answer.SerializeAsString(), created.answer.SerializeAsString());
  EXPECT_EQ(Serving(kNew).display_name(), "Two") << "nothing was written";
  EXPECT_EQ(errors::Reason(Create(New("Three"), kId1).status), "REQUEST_ID_REUSED");
  EXPECT_EQ(errors::Reason(Update(New("One"), {}, kId1).status), "REQUEST_ID_REUSED");
  EXPECT_EQ(errors::Reason(Publish(kNew, "", kId1).status), "REQUEST_ID_REUSED");

  const auto published = Publish(kNew, "", kId2);
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(Withdraw(kNew).status.ok());
  const auto published_again = Publish(kNew, "", kId2);
  ASSERT_TRUE(published_again.status.ok()) << published_again.status;
  EXPECT_EQ(published_again.answer.SerializeAsString(), published.answer.SerializeAsString());
}

TEST_F(VersionWritesTest, AnUpdateChangesWhatItsMaskNames) {
  ASSERT_TRUE(Create(New()).status.ok());
  v1::FrameworkVersion patch;
  patch.set_name(kNew);
  patch.set_publisher("ignored");
  patch.add_notes("A note.");
  patch.mutable_effective_before()->set_year(2030);
  patch.mutable_effective_before()->set_month(1);
  patch.mutable_effective_before()->set_day(1);
  const auto updated = Update(patch, {"notes", "effective_before"});
  ASSERT_TRUE(updated.status.ok()) << updated.status;
  EXPECT_EQ(updated.answer.publisher(), "Sampler");
  EXPECT_THAT(updated.answer.notes(), ElementsAre("A note."));
  EXPECT_EQ(updated.answer.effective_before().year(), 2030);
  EXPECT_EQ(updated.answer.items_size(), 2);
  // A field that the mask names and the message leaves out is cleared.
  v1::FrameworkVersion clear;
  clear.set_name(kNew);
  EXPECT_EQ(Update(clear, {"notes"}).answer.notes_size(), 0);
  EXPECT_EQ(Update(patch, {"notes", "notes"}).answer.notes_size(), 1) << "named twice";
}

TEST_F(VersionWritesTest, AStaleEtagIsTold) {
  const auto created = Create(New("One"));
  ASSERT_TRUE(Update(New("Two")).status.ok());
  v1::FrameworkVersion late = New("Three");
  late.set_etag(created.answer.etag());
  EXPECT_EQ(errors::Reason(Update(late).status), "ETAG_MISMATCH");
  EXPECT_EQ(errors::Reason(Publish(kNew, created.answer.etag()).status), "ETAG_MISMATCH");
  EXPECT_EQ(Serving(kNew).display_name(), "Two");
}

TEST_F(VersionWritesTest, OfManyPublishersAtOnceOneWinsAndTheOthersAreTold) {
  std::vector<std::thread> publishers;
  std::atomic<int> won = 0;
  std::vector<std::string> reasons(6);
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    publishers.emplace_back([&, i] {
      const auto created = Create(New(absl::StrCat("Publisher ", i)));
      const absl::Status status =
          created.status.ok() ? Publish(kNew, created.answer.etag()).status : created.status;
      won += status.ok() ? 1 : 0;
      reasons[i] = errors::Reason(status);
    });
  }
  for (std::thread& publisher : publishers) publisher.join();
  EXPECT_EQ(won, 1);
  for (const std::string& reason : reasons) {
    EXPECT_TRUE(reason.empty() || reason == "FRAMEWORK_VERSION_ALREADY_EXISTS" ||
                reason == "RESOURCE_IMMUTABLE" || reason == "ETAG_MISMATCH")
        << reason;
  }
  const std::string digest = Serving(kNew).digest();
  Restart();
  EXPECT_EQ(Serving(kNew).digest(), digest);
  EXPECT_EQ(Serving(kNew).state(), v1::VERSION_STATE_PUBLISHED);
}

TEST_F(VersionWritesTest, AShippedVersionIsWithdrawnInTheStore) {
  const auto withdrawn = Withdraw(kShipped, "Found to be wrong.");
  ASSERT_TRUE(withdrawn.status.ok()) << withdrawn.status;
  EXPECT_EQ(Serving(kShipped).state(), v1::VERSION_STATE_WITHDRAWN);
  EXPECT_EQ(errors::Reason(Withdraw(kShipped).status), "RESOURCE_IMMUTABLE");
  EXPECT_EQ(errors::Reason(Publish(kShipped).status), "RESOURCE_IMMUTABLE");
  Restart();
  EXPECT_EQ(Serving(kShipped).withdraw_reason(), "Found to be wrong.");
}

TEST_F(VersionWritesTest, ADraftGivesWayToWhatALaterReleaseShips) {
  ASSERT_TRUE(Create(New("The draft")).status.ok());
  const std::vector<v1::FrameworkVersion> shipped = {SampleVersion(), New("The shipped one")};
  Restart(shipped);
  EXPECT_EQ(Serving(kNew).display_name(), "The shipped one");
  const auto published = Publish(kNew, "", kId1);
  ASSERT_TRUE(published.status.ok()) << published.status;
  EXPECT_EQ(published.answer.display_name(), "The shipped one");
  EXPECT_EQ(errors::Reason(Update(New("The draft")).status), "RESOURCE_IMMUTABLE");
  EXPECT_TRUE(Withdraw(kShipped).status.ok()) << "later writes go on";
  Restart(shipped);
  EXPECT_EQ(Serving(kNew).display_name(), "The shipped one");
}

TEST_F(VersionWritesTest, TellsWhatIsNotThere) {
  EXPECT_EQ(errors::Reason(Publish(kNew).status), "FRAMEWORK_VERSION_NOT_FOUND");
  EXPECT_EQ(errors::Reason(Update(New()).status), "FRAMEWORK_VERSION_NOT_FOUND");
  EXPECT_EQ(errors::Reason(Withdraw(kNew).status), "FRAMEWORK_VERSION_NOT_FOUND");
  ASSERT_TRUE(Create(New()).status.ok());
  EXPECT_EQ(errors::Reason(Withdraw(kNew).status), "VERSION_NOT_PUBLISHED");
}

TEST_F(VersionWritesTest, TellsEveryViolationAtOnce) {
  v1::CreateVersionRequest create;
  create.set_parent("sample");
  create.set_request_id("1");
  v1::FrameworkVersion answer;
  std::vector<std::string> fields;
  const absl::Status bad = writes_->CreateVersion(create, &answer);
  for (const auto& one : errors::FieldViolations(bad)) fields.push_back(one.field);
  EXPECT_THAT(fields, ElementsAre("parent", "version", "request_id"));

  create.set_parent("frameworks/sample");
  create.set_version_id("A B");
  create.mutable_version()->set_display_name(std::string(kMaxVersionBytes, 'x'));
  fields.clear();
  for (const auto& one : errors::FieldViolations(writes_->CreateVersion(create, &answer))) {
    fields.push_back(one.field);
  }
  EXPECT_THAT(fields, ElementsAre("version_id", "version", "request_id"));

  v1::FrameworkVersion version = New();
  version.set_name("frameworks/other/versions/2025");
  EXPECT_THAT(std::string(Create(version).status.message()), HasSubstr("version.name"));
  EXPECT_THAT(std::string(Update(New(), {"colour", "state", "name"}).status.message()),
              HasSubstr("update_mask.paths[2]"));
  EXPECT_THAT(std::string(Withdraw(kShipped, " ").status.message()), HasSubstr("reason: "));
  EXPECT_THAT(std::string(Withdraw(kShipped, std::string(1001, 'x')).status.message()),
              HasSubstr("1 to 1000 bytes"));
}

TEST_F(VersionWritesTest, OutputOnlyFieldsOfARequestAreIgnored) {
  ASSERT_TRUE(Create(New()).status.ok());
  v1::FrameworkVersion sent = Serving(kNew);
  sent.set_state(v1::VERSION_STATE_WITHDRAWN);
  sent.set_withdraw_reason("smuggled");
  sent.set_display_name("Sent back");
  const auto updated = Update(sent);
  ASSERT_TRUE(updated.status.ok()) << updated.status;
  EXPECT_EQ(updated.answer.state(), v1::VERSION_STATE_PROVEN);
  EXPECT_EQ(updated.answer.withdraw_reason(), "");
  EXPECT_EQ(updated.answer.display_name(), "Sent back");
}

TEST_F(VersionWritesTest, TheCatalogueHasRoomForSoMany) {
  std::vector<VersionPtr> shipped;
  for (std::size_t i = 0; i < kMaxVersions; ++i) {
    shipped.push_back(Served(SampleVersion(absl::StrCat("v", i))));
  }
  const auto keeper = CatalogueKeeper::Open({shipped, {}}, store_.get());
  ASSERT_TRUE(keeper.ok()) << keeper.status();
  writes_ = std::make_unique<VersionWrites>(keeper->get(), &clock_);
  EXPECT_EQ(errors::Reason(Create(New()).status), "CATALOGUE_FULL");
}

TEST_F(VersionWritesTest, AnAbandonedCheckEnds) {
  v1::CheckVersionRequest request;
  *request.mutable_version() = New();
  v1::CheckVersionResponse answer;
  const absl::Status ended = writes_->CheckVersion(
      request, [] { return true; }, &answer);
  EXPECT_EQ(errors::Reason(ended), "CALL_CANCELLED");
  EXPECT_EQ(answer.diagnostics_size(), 0);
}

TEST_F(VersionWritesTest, ChecksAMessageATextAndANameWithoutKeepingAnything) {
  v1::CheckVersionRequest request;
  v1::CheckVersionResponse answer;
  *request.mutable_version() = Faulty();
  ASSERT_TRUE(Check(request, &answer).ok());
  EXPECT_FALSE(answer.publishable());
  ASSERT_GT(answer.diagnostics_size(), 0);
  EXPECT_EQ(answer.diagnostics(0).severity(), v1::DIAGNOSTIC_SEVERITY_ERROR);

  answer.Clear();
  request.set_text(version::SampleText("sample", "2025"));
  ASSERT_TRUE(Check(request, &answer).ok());
  EXPECT_TRUE(answer.publishable());

  answer.Clear();
  request.set_text(std::string("\x00\xff\x10", 3));
  ASSERT_TRUE(Check(request, &answer).ok());
  EXPECT_FALSE(answer.publishable());

  answer.Clear();
  request.set_text(version::SampleText() + "colour: 1");
  ASSERT_TRUE(Check(request, &answer).ok());
  ASSERT_EQ(answer.diagnostics_size(), 1);
  EXPECT_GT(answer.diagnostics(0).line(), 1);

  answer.Clear();
  request.set_name(kShipped);
  ASSERT_TRUE(Check(request, &answer).ok());
  EXPECT_TRUE(answer.publishable());

  request.set_name(kNew);
  EXPECT_EQ(errors::Reason(Check(request, &answer)), "FRAMEWORK_VERSION_NOT_FOUND");
  request.set_text(std::string(version::kMaxTextBytes + 1, ' '));
  EXPECT_EQ(errors::Reason(Check(request, &answer)), "REQUEST_INVALID");
  request.clear_content();
  EXPECT_EQ(errors::Reason(Check(request, &answer)), "REQUEST_INVALID");
  EXPECT_TRUE(store_->ReadAll()->empty());
}

}  // namespace
}  // namespace assay::framework
