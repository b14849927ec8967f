#include "services/common/digest/signing.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/digest/digest.h"

namespace assay::digest {
namespace {

using testing::HasSubstr;

class SigningTest : public testing::Test {
 protected:
  SigningTest() {
    std::string path = (std::filesystem::temp_directory_path() / "assay-key-XXXXXX").string();
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  ~SigningTest() override { std::filesystem::remove_all(folder_); }
  std::string File(const char* name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

TEST_F(SigningTest, OnlyTheKeysOwnSignatureOverTheSameBytesHolds) {
  const SigningKey key = SigningKey::Make();
  const std::string signature = key.Sign("statement");
  EXPECT_EQ(signature.size(), kSignatureBytes);
  EXPECT_TRUE(key.public_key().Signed("statement", signature));
  EXPECT_FALSE(key.public_key().Signed("Statement", signature));
  EXPECT_FALSE(key.public_key().Signed("statement", signature.substr(1)));
  EXPECT_FALSE(key.public_key().Signed("statement", ""));
  EXPECT_FALSE(SigningKey::Make().public_key().Signed("statement", signature));
  for (size_t byte = 0; byte < signature.size(); ++byte) {
    std::string spoilt = signature;
    spoilt[byte] = static_cast<char>(spoilt[byte] ^ 1);
    EXPECT_FALSE(key.public_key().Signed("statement", spoilt)) << byte;
  }
}

// RFC 8032, section 7.1, test 1, and the key as OpenSSL's own tool writes it.
TEST_F(SigningTest, KnownVector) {
  const std::string path = File("rfc8032");
  std::ofstream(path) << "-----BEGIN PRIVATE KEY-----\n"
                         "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                         "-----END PRIVATE KEY-----\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  const absl::StatusOr<SigningKey> key = SigningKey::LoadOrMake(path);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(
      HexEncode(key->Sign("")),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
      "9b46bd25bf5f0595bbe24655141438e7a100b");
  const std::string raw =
      HexDecode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").value();
  EXPECT_EQ(key->public_key().id(), Sha256(raw).bytes().substr(0, 8));
}

TEST_F(SigningTest, AKeyIsMadeOnceForItsOwnerAlone) {
  const std::string path = File("key");
  const absl::StatusOr<SigningKey> made = SigningKey::LoadOrMake(path);
  ASSERT_TRUE(made.ok()) << made.status();
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const absl::StatusOr<SigningKey> again = SigningKey::LoadOrMake(path);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->public_key().id(), made->public_key().id());
  const absl::StatusOr<PublicKey> shared = PublicKey::FromFile(path + ".pub");
  ASSERT_TRUE(shared.ok()) << shared.status();
  EXPECT_TRUE(shared->Signed("x", again->Sign("x")));
}

TEST_F(SigningTest, RefusesWhatIsNoKeyOfItsOwnersAlone) {
  const std::string path = File("key");
  ASSERT_TRUE(SigningKey::LoadOrMake(path).ok());
  std::filesystem::permissions(path, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(std::string(SigningKey::LoadOrMake(path).status().message()), HasSubstr("chmod 600"));
  const std::string text = File("text");
  std::ofstream(text) << "not a key";
  std::filesystem::permissions(text, std::filesystem::perms::owner_read);
  EXPECT_EQ(SigningKey::LoadOrMake(text).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(SigningKey::LoadOrMake(folder_.string()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(SigningKey::LoadOrMake(File("none/key")).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(PublicKey::FromFile(text).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PublicKey::FromFile(File("none")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace assay::digest
