#include "services/scoring/cache/redis/secret.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "absl/strings/match.h"

namespace assay::scoring::redis {
namespace {

class SecretTest : public ::testing::Test {
 protected:
  SecretTest() : folder_((std::filesystem::temp_directory_path() / "assay-key-XXXXXX").string()) {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
  }
  ~SecretTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::string Write(const std::string& name, const std::string& content, mode_t mode = 0600) {
    std::ofstream(Path(name), std::ios::binary) << content;
    chmod(Path(name).c_str(), mode);
    return Path(name);
  }

  std::string folder_;
  const Endpoint local_ = ParseEndpoint("--redis", "unix:/run/redis.sock").value();
  const Endpoint far_ = ParseEndpoint("--redis", "10.0.0.1:6379").value();
};

TEST_F(SecretTest, ReadsAFileWithoutItsClosingLineBreak) {
  EXPECT_EQ(*ReadSecretFile("--p", Write("a", "secret\n")), "secret");
  EXPECT_EQ(*ReadSecretFile("--p", Write("b", "secret")), "secret");
  EXPECT_EQ(*ReadSecretFile("--p", Write("c", "two\n\n", 0640)), "two\n");
  EXPECT_EQ(ReadSecretFile("--p", Write("d", std::string(kMaxSecretBytes, 'x')))->size(),
            kMaxSecretBytes);
}

TEST_F(SecretTest, RefusesAFileThatIsNoSecret) {
  mkfifo(Path("pipe").c_str(), 0600);
  const std::vector<std::string> paths = {Path("missing"),
                                          folder_,
                                          Path("pipe"),
                                          Write("empty", ""),
                                          Write("break", "\n"),
                                          Write("large", std::string(kMaxSecretBytes + 1, 'x')),
                                          Write("huge", std::string(100'000, 'x')),
                                          Write("read", "secret", 0604),
                                          Write("written", "secret", 0602)};
  for (const std::string& path : paths) {
    const auto secret = ReadSecretFile("--redis-password-file", path);
    EXPECT_EQ(secret.status().code(), absl::StatusCode::kFailedPrecondition) << path;
    EXPECT_TRUE(absl::StrContains(secret.status().message(), "--redis-password-file: " + path));
    EXPECT_FALSE(absl::StrContains(secret.status().message(), "xxx")) << "tells the content";
  }
}

TEST_F(SecretTest, TakesTheKeyFileThatIsNamed) {
  const std::string key(kMinKeyBytes, 'k');
  EXPECT_EQ(*LoadCacheKey(far_, Write("key", key + "\n"), folder_), key);
  EXPECT_EQ(*LoadCacheKey(local_, Path("key"), folder_), key);
  EXPECT_FALSE(std::filesystem::exists(Path("cache.key")));
  EXPECT_FALSE(LoadCacheKey(local_, Write("short", key.substr(1)), folder_).ok());
  // A file that was named and is missing is never made in silence.
  EXPECT_FALSE(LoadCacheKey(local_, Path("missing"), folder_).ok());
  EXPECT_FALSE(std::filesystem::exists(Path("missing")));
}

TEST_F(SecretTest, MakesAndKeepsAKeyForALocalRedis) {
  const auto key = LoadCacheKey(local_, "", folder_);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->size(), 2 * kMinKeyBytes);
  struct stat about {};
  ASSERT_EQ(stat(Path("cache.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(*LoadCacheKey(local_, "", folder_), *key);
  const std::filesystem::directory_iterator files(folder_);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "left a temporary file behind";
}

TEST_F(SecretTest, ProcessesThatMakeItAtOnceAgree) {
  std::vector<std::string> keys(8);
  std::vector<std::thread> threads;
  for (std::string& key : keys) {
    threads.emplace_back(
        [this, &key] { key = LoadCacheKey(local_, "", folder_).value_or("failed"); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& key : keys) EXPECT_EQ(key, keys.front());
  EXPECT_NE(keys.front(), "failed");
}

TEST_F(SecretTest, RefusesARedisElsewhereWithoutAKeyFile) {
  const auto key = LoadCacheKey(far_, "", folder_);
  EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(key.status().message(), "--cache-key-file")) << key.status();
  EXPECT_TRUE(absl::StrContains(key.status().message(), "10.0.0.1:6379")) << key.status();
  EXPECT_FALSE(std::filesystem::exists(Path("cache.key")));
}

TEST_F(SecretTest, SaysWhyItCannotMakeTheKey) {
  const auto key = LoadCacheKey(local_, "", Path("missing"));
  EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(key.status().message(), "No such file")) << key.status();
}

TEST_F(SecretTest, RefusesAKeptKeyThatOthersCanRead) {
  Write("cache.key", std::string(64, 'k'), 0644);
  EXPECT_FALSE(LoadCacheKey(local_, "", folder_).ok());
}

}  // namespace
}  // namespace assay::scoring::redis
