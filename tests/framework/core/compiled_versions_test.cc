#include "services/framework/core/compiled_versions.h"

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "tests/framework/framework_testing.h"

namespace assay::framework {
namespace {

VersionPtr OfYear(int year) { return Served(SampleVersion(std::to_string(year), year)); }

TEST(CompiledVersionsTest, CompilesAVersionOnce) {
  CompiledVersions versions;
  const VersionPtr version = OfYear(2024);
  const auto first = versions.Of(*version);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ((*first)->version_digest(), version->digest());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*versions.Of(*OfYear(2024)), *first) << "by its content";
  EXPECT_EQ(versions.compiled(), 1u);
}

TEST(CompiledVersionsTest, KeepsTheLatestUsed) {
  CompiledVersions versions(2);
  const auto first = *versions.Of(*OfYear(2001));
  ASSERT_TRUE(versions.Of(*OfYear(2002)).ok());
  EXPECT_EQ(*versions.Of(*OfYear(2001)), first);
  ASSERT_TRUE(versions.Of(*OfYear(2003)).ok());  // 2002 goes
  EXPECT_EQ(versions.compiled(), 3u);
  EXPECT_EQ(*versions.Of(*OfYear(2001)), first);
  EXPECT_EQ(versions.compiled(), 3u);
  ASSERT_TRUE(versions.Of(*OfYear(2002)).ok());
  EXPECT_EQ(versions.compiled(), 4u);
  EXPECT_EQ(first->name(), "frameworks/sample/versions/2001") << "who holds a model keeps it";
}

TEST(CompiledVersionsTest, ADraftThatCannotBeCompiledIsToldWithItsFaults) {
  CompiledVersions versions;
  v1::FrameworkVersion faulty = SampleVersion();
  faulty.mutable_scoring_model()->mutable_ladders(0)->mutable_stages(0)->set_scale("none");
  const auto got = versions.Of(*Served(faulty, v1::VERSION_STATE_DRAFT));
  EXPECT_EQ(errors::Reason(got.status()), "VERSION_NOT_PROVEN");
  EXPECT_EQ(versions.compiled(), 0u);
}

TEST(CompiledVersionsTest, ManyMayAskAtOnce) {
  CompiledVersions versions(2);
  std::vector<VersionPtr> all;
  for (int year = 2001; year <= 2004; ++year) all.push_back(OfYear(year));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 40; ++i) {
        const VersionPtr& version = all[(i + static_cast<std::size_t>(t)) % all.size()];
        const auto got = versions.Of(*version);
        ASSERT_TRUE(got.ok()) << got.status();
        EXPECT_EQ((*got)->version_digest(), version->digest());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace assay::framework
