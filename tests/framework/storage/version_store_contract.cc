#include "tests/framework/storage/version_store_contract.h"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {

void VersionStoreContract::SetUp() {
  harness_ = GetParam().make();
  if (harness_ == nullptr) GTEST_SKIP() << GetParam().name << " is not there";
  Reopen();
}

void VersionStoreContract::Reopen() {
  store_.reset();
  absl::StatusOr<std::unique_ptr<VersionStore>> store = harness_->Open();
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

HeldVersion VersionStoreContract::Put(const HeldVersion& next, const Request& request) {
  absl::StatusOr<HeldVersion> written = store_->Write(next, request);
  EXPECT_TRUE(written.ok()) << written.status();
  return written.ok() ? *std::move(written) : HeldVersion();
}

namespace {

constexpr char kId[] = "0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b";

Request RequestOf(const std::string& id, char body = 'b') { return {id, std::string(32, body)}; }

// The sample by another display name, and so another content.
HeldVersion Sample(const std::string& words = "Sample", const std::string& id = "2024") {
  v1::FrameworkVersion version = SampleVersion(id);
  version.set_display_name(words);
  return Held(version);
}

void ExpectSame(const HeldVersion& a, const HeldVersion& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.digest, b.digest);
  EXPECT_EQ(a.content, b.content);
  EXPECT_EQ(a.publish_time, b.publish_time);
  EXPECT_EQ(a.withdraw_time, b.withdraw_time);
  EXPECT_EQ(a.withdraw_reason, b.withdraw_reason);
  EXPECT_EQ(a.revision, b.revision);
  EXPECT_EQ(a.seal, b.seal);
}

TEST_P(VersionStoreContract, BeginsEmpty) {
  const auto all = store_->ReadAll();
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_TRUE(all->empty());
  const auto none = store_->Read("frameworks/sample/versions/2024");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_FALSE(none->has_value());
  const auto answer = store_->FindAnswer(RequestOf(kId));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_FALSE(answer->has_value());
}

TEST_P(VersionStoreContract, GivesBackEveryFieldAlsoAfterItWasClosed) {
  HeldVersion version = Sample();
  version.state = v1::VERSION_STATE_WITHDRAWN;
  version.publish_time = absl::FromUnixMicros(1750000000123456);
  version.withdraw_time = absl::FromUnixMicros(1760000000654321);
  version.withdraw_reason = "a fault, \"quoted\"; with\na line and ü";
  const HeldVersion written = Put(version);
  EXPECT_EQ(written.revision, 1);
  Reopen();
  EXPECT_TRUE(store_->Check().ok()) << store_->Check();
  const auto read = store_->Read(version.name);
  ASSERT_TRUE(read.ok() && read->has_value()) << read.status();
  version.revision = 1;
  version.seal = SealOf(version);
  ExpectSame(**read, version);
}

TEST_P(VersionStoreContract, ListsByName) {
  Put(Sample("Sample", "2025"));
  Put(Sample("Sample", "2023"));
  Put(Sample("Sample", "2024"));
  const auto all = store_->ReadAll();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].name, "frameworks/sample/versions/2023");
  EXPECT_EQ((*all)[2].name, "frameworks/sample/versions/2025");
}

TEST_P(VersionStoreContract, AWriteReplacesTheRevisionThatItSaw) {
  HeldVersion version = Put(Sample("One"));
  HeldVersion next = Sample("Two");
  EXPECT_EQ(errors::Reason(store_->Write(next, {}).status()), "ETAG_MISMATCH") << "0 is: none";
  next.revision = version.revision;
  next = Put(next);
  EXPECT_EQ(next.revision, 2);
  HeldVersion late = Sample("Three");
  late.revision = version.revision;
  const absl::Status refused = store_->Write(late, RequestOf(kId)).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kAborted);
  EXPECT_EQ((*store_->Read(next.name))->digest, next.digest);
  EXPECT_FALSE(store_->FindAnswer(RequestOf(kId))->has_value()) << "nothing of it was kept";
}

TEST_P(VersionStoreContract, ARequestThatComesAgainGetsItsAnswer) {
  const HeldVersion first = Put(Sample("One"), RequestOf(kId));
  HeldVersion next = Sample("Two");
  next.revision = 1;
  Put(next);
  Reopen();
  const auto answer = store_->FindAnswer(RequestOf(kId));
  ASSERT_TRUE(answer.ok() && answer->has_value()) << answer.status();
  ExpectSame(**answer, first);
  // And a write under it writes nothing.
  const HeldVersion again = Put(Sample("One"), RequestOf(kId));
  ExpectSame(again, first);
  EXPECT_EQ((*store_->Read(first.name))->revision, 2);
}

TEST_P(VersionStoreContract, ARequestIdWithAnotherBodyIsRefused) {
  Put(Sample("One"), RequestOf(kId));
  EXPECT_EQ(errors::Reason(store_->FindAnswer(RequestOf(kId, 'c')).status()), "REQUEST_ID_REUSED");
  HeldVersion next = Sample("Two");
  next.revision = 1;
  EXPECT_EQ(errors::Reason(store_->Write(next, RequestOf(kId, 'c')).status()), "REQUEST_ID_REUSED");
  EXPECT_EQ((*store_->Read(next.name))->revision, 1);
}

TEST_P(VersionStoreContract, TheSameContentIsKeptUnderManyNamesAndStates) {
  HeldVersion version = Put(Sample());
  version.state = v1::VERSION_STATE_PUBLISHED;
  version = Put(version);
  version.state = v1::VERSION_STATE_WITHDRAWN;
  version = Put(version);
  EXPECT_EQ(version.revision, 3);
  EXPECT_EQ((*store_->Read(version.name))->content, version.content);
}

TEST_P(VersionStoreContract, TheGenerationGrowsWithEveryWrite) {
  const std::int64_t before = *store_->Generation();
  Put(Sample());
  const std::int64_t after = *store_->Generation();
  EXPECT_GT(after, before);
  EXPECT_FALSE(store_->Write(Sample(), {}).ok());
  EXPECT_EQ(*store_->Generation(), after) << "a refused write changes nothing";
}

TEST_P(VersionStoreContract, OfManyWritersOfOneRevisionOneWins) {
  const HeldVersion first = Put(Sample());
  std::atomic<int> won = 0;
  std::atomic<int> aborted = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      HeldVersion next = Sample(absl::StrCat("Writer ", i));
      next.revision = first.revision;
      const absl::Status status = store_->Write(next, {}).status();
      won += status.ok() ? 1 : 0;
      aborted += absl::IsAborted(status) ? 1 : 0;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(aborted, 7);
  EXPECT_EQ((*store_->Read(first.name))->revision, 2);
}

TEST_P(VersionStoreContract, LargeContentsComeBackWhole) {
  v1::FrameworkVersion version = SampleVersion();
  for (int i = 0; i < 60; ++i)
    version.add_notes(std::string(16000, static_cast<char>('a' + i % 26)));
  const HeldVersion held = Held(version);
  Put(held);
  Reopen();
  EXPECT_TRUE((*store_->Read(held.name))->content == held.content);
}

}  // namespace
}  // namespace assay::framework
