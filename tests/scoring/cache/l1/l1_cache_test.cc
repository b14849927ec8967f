#include "services/scoring/cache/l1/l1_cache.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace assay::scoring {
namespace {

clock::Day D(int offset) { return clock::Day::FromCivil(2025, 1, 1).value().Plus(offset); }

SubjectRevision C(std::uint64_t counter) { return SubjectRevision::OfCounter(counter); }

Buffer Bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

Rendered Make(int from, std::optional<int> before, std::uint64_t counter, std::string text) {
  Rendered rendered;
  rendered.valid_from = D(from);
  if (before) rendered.valid_before = D(*before);
  rendered.revision = C(counter);
  rendered.bytes = Bytes(std::move(text));
  return rendered;
}

// What is found, `-` for nothing.
std::string Found(L1Cache& cache, absl::string_view subject, absl::string_view view, int day,
                  std::uint64_t counter) {
  const Buffer bytes = cache.Find(subject, view, D(day), C(counter));
  return bytes == nullptr ? "-" : *bytes;
}

TEST(L1CacheTest, FindsExactlyWhatHolds) {
  L1Cache cache({});
  cache.Insert(cache.generation(), "locations/1", "basic", Make(10, 20, 5, "x"));
  struct Case {
    const char* subject;
    const char* view;
    int day;
    std::uint64_t counter;
    const char* want;
  };
  for (const Case& c : std::vector<Case>{
           {"locations/1", "basic", 10, 5, "x"},
           {"locations/1", "basic", 19, 5, "x"},
           {"locations/1", "basic", 9, 5, "-"},      // before its first day
           {"locations/1", "basic", 20, 5, "-"},     // its end is not in it
           {"locations/1", "basic", 10, 4, "-"},     // an older revision
           {"locations/1", "basic", 10, 6, "-"},     // a newer one
           {"locations/1", "full", 10, 5, "-"},      // another view
           {"locations/2", "basic", 10, 5, "-"},     // another subject
           {"locations/1b", "asic", 10, 5, "-"}}) {  // the same bytes, divided otherwise
    EXPECT_EQ(Found(cache, c.subject, c.view, c.day, c.counter), c.want)
        << c.subject << " " << c.view << " " << c.day << " " << c.counter;
  }
  EXPECT_EQ(cache.Stats().hits, 2u);
  EXPECT_EQ(cache.Stats().misses, 7u);
}

TEST(L1CacheTest, OpenIntervalHasNoEnd) {
  L1Cache cache({});
  cache.Insert(cache.generation(), "s", "v", Make(0, std::nullopt, 1, "x"));
  EXPECT_NE(cache.Find("s", "v", clock::Day::Max(), C(1)), nullptr);
  EXPECT_EQ(Found(cache, "s", "v", -1, 1), "-");
}

TEST(L1CacheTest, CompositeRevisionsAreCompared) {
  L1Cache cache({});
  Rendered rendered = Make(0, std::nullopt, 0, "x");
  rendered.revision = SubjectRevision::OfParts(digest::Sha256("a"));
  cache.Insert(cache.generation(), "s", "v", rendered);
  EXPECT_NE(cache.Find("s", "v", D(0), SubjectRevision::OfParts(digest::Sha256("a"))), nullptr);
  EXPECT_EQ(cache.Find("s", "v", D(0), SubjectRevision::OfParts(digest::Sha256("b"))), nullptr);
}

TEST(L1CacheTest, ReplacesItsLikeAndKeepsAFewOthers) {
  L1Cache cache({});
  cache.Insert(cache.generation(), "s", "v", Make(0, 10, 1, "first"));
  cache.Insert(cache.generation(), "s", "v", Make(0, 10, 1, "second"));
  EXPECT_EQ(Found(cache, "s", "v", 0, 1), "second");
  EXPECT_EQ(cache.Stats().results, 1u);
  for (int i = 1; i < 4; ++i) {
    cache.Insert(cache.generation(), "s", "v", Make(10 * i, 10 * i + 10, 1, absl::StrCat(i)));
  }
  EXPECT_EQ(Found(cache, "s", "v", 0, 1), "second");  // now the one used last
  cache.Insert(cache.generation(), "s", "v", Make(40, 50, 1, "4"));
  EXPECT_EQ(cache.Stats().results, L1Cache::kResultsPerKey);
  EXPECT_EQ(Found(cache, "s", "v", 0, 1), "second");
  EXPECT_EQ(Found(cache, "s", "v", 45, 1), "4");
  EXPECT_EQ(cache.Stats().evicted, 1u);
}

TEST(L1CacheTest, KeepsItsBoundAndTheLastUsed) {
  L1Cache::Options options;
  options.max_bytes = 64 << 10;
  options.shards = 1;
  L1Cache cache(options);
  for (int i = 0; i < 1000; ++i) {
    cache.Insert(cache.generation(), absl::StrCat("s", i), "v",
                 Make(0, std::nullopt, 1, std::string(1000, 'x')));
    ASSERT_LE(cache.Stats().bytes, options.max_bytes);
    ASSERT_NE(Found(cache, "s0", "v", 0, 1), "-") << i;  // used all the time
  }
  const L1Stats stats = cache.Stats();
  EXPECT_EQ(stats.results + stats.evicted, 1000u);
  EXPECT_GT(stats.results, 40u);
  EXPECT_NE(Found(cache, "s999", "v", 0, 1), "-");
  EXPECT_EQ(Found(cache, "s1", "v", 0, 1), "-");
}

TEST(L1CacheTest, CountsBytesBackToZero) {
  L1Cache cache({});
  for (int i = 0; i < 100; ++i) {
    cache.Insert(cache.generation(), absl::StrCat("s", i % 10), "v", Make(i, i + 1, 1, "bytes"));
  }
  EXPECT_GT(cache.Stats().bytes, 0u);
  cache.StartGeneration();
  EXPECT_EQ(cache.Stats().bytes, 0u);
  EXPECT_EQ(cache.Stats().results, 0u);
}

TEST(L1CacheTest, RefusesWhatIsTooLargeOrEmpty) {
  L1Cache::Options options;
  options.max_bytes = 8000;
  options.shards = 1;
  L1Cache cache(options);
  cache.Insert(cache.generation(), "s", "v", Make(0, std::nullopt, 1, std::string(1000, 'x')));
  cache.Insert(cache.generation(), "s", "v", Make(5, 5, 1, "x"));
  EXPECT_EQ(cache.Stats().refused, 2u);
  EXPECT_EQ(cache.Stats().results, 0u);

  options.max_bytes = 0;
  L1Cache none(options);
  none.Insert(none.generation(), "s", "v", Make(0, std::nullopt, 1, "x"));
  EXPECT_EQ(Found(none, "s", "v", 0, 1), "-");
}

TEST(L1CacheTest, RefusesWhatWasBegunInAPastGeneration) {
  L1Cache cache({});
  const std::uint64_t begun = cache.generation();
  cache.Insert(begun, "s", "v", Make(0, std::nullopt, 1, "old model"));
  cache.StartGeneration();
  EXPECT_EQ(Found(cache, "s", "v", 0, 1), "-");
  cache.Insert(begun, "s", "v", Make(0, std::nullopt, 1, "old model, late"));
  EXPECT_EQ(Found(cache, "s", "v", 0, 1), "-");
  cache.Insert(cache.generation(), "s", "v", Make(0, std::nullopt, 1, "new model"));
  EXPECT_EQ(Found(cache, "s", "v", 0, 1), "new model");
}

TEST(L1CacheTest, BytesOutliveTheCache) {
  Buffer held;
  {
    L1Cache cache({});
    const Buffer bytes = Bytes("kept");
    Rendered rendered = Make(0, std::nullopt, 1, "");
    rendered.bytes = bytes;
    cache.Insert(cache.generation(), "s", "v", rendered);
    held = cache.Find("s", "v", D(0), C(1));
    EXPECT_EQ(held.get(), bytes.get());  // the same bytes, not a copy
  }
  EXPECT_EQ(*held, "kept");
}

// Under TSan this shows that readers, writers and new generations may meet; here, that what is
// found is always right.
TEST(L1CacheTest, ManyThreadsFindOnlyWhatIsTrue) {
  L1Cache::Options options;
  options.max_bytes = 256 << 10;
  options.shards = 4;
  L1Cache cache(options);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i) {
        const int subject = (i * 7 + t) % 300;
        const auto counter = static_cast<std::uint64_t>(i % 3);
        const std::string name = absl::StrCat("s", subject);
        const std::string truth = absl::StrCat(name, "@", counter);
        const Buffer found = cache.Find(name, "v", D(0), C(counter));
        if (found != nullptr && *found != truth) ++wrong;
        if (found == nullptr) {
          cache.Insert(cache.generation(), name, "v", Make(0, std::nullopt, counter, truth));
        }
        if (t == 0 && i % 1000 == 999) cache.StartGeneration();
        if (i % 500 == 0) (void)cache.Stats();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(cache.Stats().hits, 0u);
  EXPECT_LE(cache.Stats().bytes, options.max_bytes);
}

}  // namespace
}  // namespace assay::scoring
