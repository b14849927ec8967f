#include "services/framework/core/lifecycle.h"

#include <string>

#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

constexpr char kName[] = "frameworks/sample/versions/2024";

HeldVersion Other() {
  v1::FrameworkVersion version = SampleVersion();
  version.set_display_name("Another");
  return Held(version);
}

Current In(v1::VersionState state) {
  HeldVersion held = Held(SampleVersion(), state);
  held.revision = 7;
  return held;
}

std::string EtagOf(const HeldVersion& held) { return "\"" + held.digest + "\""; }

const absl::Time kNow = absl::FromUnixSeconds(1750000000);

// What a write of another content is told, by the state that it meets; empty: it goes through.
struct Case {
  v1::VersionState state;
  const char* create;
  const char* update;
  const char* publish_other_etag;
  const char* withdraw;
};

TEST(LifecycleTest, WhatAWriteIsToldInEachState) {
  const Case cases[] = {
      {v1::VERSION_STATE_DRAFT, "FRAMEWORK_VERSION_ALREADY_EXISTS", "", "ETAG_MISMATCH",
       "VERSION_NOT_PUBLISHED"},
      {v1::VERSION_STATE_PROVEN, "FRAMEWORK_VERSION_ALREADY_EXISTS", "", "ETAG_MISMATCH",
       "VERSION_NOT_PUBLISHED"},
      {v1::VERSION_STATE_PUBLISHED, "RESOURCE_IMMUTABLE", "RESOURCE_IMMUTABLE",
       "RESOURCE_IMMUTABLE", ""},
      {v1::VERSION_STATE_WITHDRAWN, "RESOURCE_IMMUTABLE", "RESOURCE_IMMUTABLE",
       "RESOURCE_IMMUTABLE", "RESOURCE_IMMUTABLE"},
  };
  for (const Case& c : cases) {
    const Current current = In(c.state);
    EXPECT_EQ(errors::Reason(Create(current, Other()).status()), c.create) << c.state;
    EXPECT_EQ(errors::Reason(Update(current, "", Other()).status()), c.update) << c.state;
    EXPECT_EQ(errors::Reason(Publish(current, kName, EtagOf(Other()), kNow).status()),
              c.publish_other_etag)
        << c.state;
    EXPECT_EQ(errors::Reason(Withdraw(current, kName, "why", kNow).status()), c.withdraw)
        << c.state;
  }
}

TEST(LifecycleTest, TheSameContentIsOneVersion) {
  for (const v1::VersionState state : {v1::VERSION_STATE_DRAFT, v1::VERSION_STATE_PUBLISHED}) {
    const Current current = In(state);
    const auto created = Create(current, Held(SampleVersion()));
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_FALSE(created->changed);
    EXPECT_EQ(created->version.state, state);
    EXPECT_EQ(created->version.revision, 7);
    const auto updated = Update(current, "\"stale\"", Held(SampleVersion()));
    ASSERT_TRUE(updated.ok()) << updated.status();
    EXPECT_FALSE(updated->changed);
  }
}

TEST(LifecycleTest, NothingIsThereToChange) {
  EXPECT_EQ(errors::Reason(Update({}, "", Other()).status()), "FRAMEWORK_VERSION_NOT_FOUND");
  EXPECT_EQ(errors::Reason(Publish({}, kName, "", kNow).status()), "FRAMEWORK_VERSION_NOT_FOUND");
  EXPECT_EQ(errors::Reason(Withdraw({}, kName, "why", kNow).status()),
            "FRAMEWORK_VERSION_NOT_FOUND");
  const auto created = Create({}, Other());
  ASSERT_TRUE(created.ok());
  EXPECT_TRUE(created->changed);
  EXPECT_EQ(created->version.revision, 0);
}

TEST(LifecycleTest, AnUpdateNeedsTheCurrentEtagWhereOneIsGiven) {
  const Current current = In(v1::VERSION_STATE_DRAFT);
  EXPECT_EQ(errors::Reason(Update(current, EtagOf(Other()), Other()).status()), "ETAG_MISMATCH");
  const auto updated = Update(current, EtagOf(*current), Other());
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->version.digest, Other().digest);
  EXPECT_EQ(updated->version.revision, 7) << "the next write replaces this one";
}

TEST(LifecycleTest, PublishingKeepsTheContentAndSaysWhen) {
  const Current draft = In(v1::VERSION_STATE_PROVEN);
  const auto published = Publish(draft, kName, EtagOf(*draft), kNow);
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_TRUE(published->changed);
  EXPECT_EQ(published->version.state, v1::VERSION_STATE_PUBLISHED);
  EXPECT_EQ(published->version.publish_time, kNow);
  EXPECT_EQ(published->version.digest, draft->digest);
  const auto again = Publish(published->version, kName, EtagOf(*draft), kNow + absl::Hours(1));
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->version.publish_time, kNow);
}

TEST(LifecycleTest, AWithdrawalSaysWhenAndWhy) {
  const auto withdrawn = Withdraw(In(v1::VERSION_STATE_PUBLISHED), kName, "a fault", kNow);
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(withdrawn->version.state, v1::VERSION_STATE_WITHDRAWN);
  EXPECT_EQ(withdrawn->version.withdraw_time, kNow);
  EXPECT_EQ(withdrawn->version.withdraw_reason, "a fault");
  // As the store writes it.
  HeldVersion stored = withdrawn->version;
  stored.seal = SealOf(stored);
  const auto served = Serve(stored);
  ASSERT_TRUE(served.ok()) << served.status();
  EXPECT_EQ((*served)->withdraw_time().seconds(), 1750000000);
  EXPECT_EQ((*served)->withdraw_reason(), "a fault");
}

TEST(HeldVersionTest, WhatIsServedIsWhatWasHeld) {
  const HeldVersion held = Held(SampleVersion(), v1::VERSION_STATE_PUBLISHED);
  const auto served = Serve(held);
  ASSERT_TRUE(served.ok()) << served.status();
  EXPECT_EQ((*served)->digest(), held.digest);
  EXPECT_EQ((*served)->etag(), EtagOf(held));
  EXPECT_EQ((*served)->items(0).name(), "frameworks/sample/versions/2024/items/warm.hands");
  const HeldVersion back = HoldServed(**served);
  EXPECT_EQ(back.content, held.content);
  EXPECT_EQ(back.digest, held.digest);
  EXPECT_EQ(back.state, held.state);
}

TEST(HeldVersionTest, DamagedContentIsNotServed) {
  HeldVersion other = Held(SampleVersion());
  other.content = Other().content;
  EXPECT_EQ(errors::Reason(Serve(other).status()), "DATA_CORRUPT");
  HeldVersion cut = Held(SampleVersion());
  cut.content.resize(cut.content.size() / 2);
  EXPECT_EQ(errors::Reason(Serve(cut).status()), "DATA_CORRUPT");
  HeldVersion lost = Held(SampleVersion());
  lost.content.clear();
  EXPECT_EQ(errors::Reason(Serve(lost).status()), "DATA_CORRUPT");
}

}  // namespace
}  // namespace assay::framework
