#include "services/common/paging/page_token.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

#include "services/common/errors/errors.h"

namespace assay::paging {
namespace {

const QueryFingerprint kQuery = QueryFingerprint::Of("RatingService.ListRatings", "area=icb.QHL");

TEST(PageTokenTest, RoundTripsAnyCursor) {
  for (const std::string& cursor :
       {std::string(), std::string("locations/1-102"), std::string("\0\xFF\n", 3),
        std::string(kMaxCursorBytes, 'x')}) {
    const auto token = EncodePageToken(kQuery, cursor);
    ASSERT_TRUE(token.ok()) << token.status();
    EXPECT_LE(token->size(), kMaxTokenBytes);
    EXPECT_EQ(token->find_first_not_of(
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    const auto back = DecodePageToken(*token, kQuery);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, cursor);
  }
}

TEST(PageTokenTest, ALongerCursorIsRefused) {
  EXPECT_EQ(EncodePageToken(kQuery, std::string(kMaxCursorBytes + 1, 'x')).status().message(),
            "got a page cursor of 1025 bytes, want at most 1024");
}

TEST(PageTokenTest, ATokenOfAnotherQueryIsNamedAsSuch) {
  const std::string token = *EncodePageToken(kQuery, "locations/1-102");
  for (const QueryFingerprint& other :
       {QueryFingerprint::Of("RatingService.ListRatings", "area=icb.QUA"),
        QueryFingerprint::Of("RatingService.ListRatings", ""),
        QueryFingerprint::Of("AreaService.ListMovers", "area=icb.QHL"),
        // The zero byte keeps method and query from running into each other.
        QueryFingerprint::Of("RatingService.ListRatingsa", "rea=icb.QHL")}) {
    const absl::Status status = DecodePageToken(token, other).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(errors::Reason(status), "PAGE_TOKEN_MISMATCH");
  }
}

TEST(PageTokenTest, EveryDamagedTokenIsMalformed) {
  const std::string token = *EncodePageToken(kQuery, "locations/1-102");
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &bytes));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const absl::Status status =
        DecodePageToken(absl::WebSafeBase64Escape(damaged), kQuery).status();
    EXPECT_EQ(errors::Reason(status), "TOKEN_MALFORMED") << "bit " << bit;
  }
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_EQ(errors::Reason(DecodePageToken(token.substr(0, size), kQuery).status()),
              "TOKEN_MALFORMED")
        << size;
  }
}

TEST(PageTokenTest, OneTokenHasOneSpelling) {
  const std::string token = *EncodePageToken(kQuery, "locations/1-102");
  ASSERT_EQ(token.size() % 4, 2u) << "the last character has four spare bits";
  std::string spare_bit = token;
  ++spare_bit.back();
  for (const std::string& other : {token + "=", token + "==", " " + token, token + "\n", spare_bit,
                                   token.substr(0, 4) + " " + token.substr(4)}) {
    EXPECT_EQ(errors::Reason(DecodePageToken(other, kQuery).status()), "TOKEN_MALFORMED") << other;
  }
  EXPECT_FALSE(DecodePageToken(std::string(1 << 20, 'A'), kQuery).ok());
}

TEST(PageTokenTest, RandomTextIsMalformed) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = static_cast<char>(random());
    if (i % 2 == 0) text = absl::WebSafeBase64Escape(text);
    EXPECT_EQ(errors::Reason(DecodePageToken(text, kQuery).status()), "TOKEN_MALFORMED");
  }
}

TEST(PageSizeTest, DefaultsAndHoldsToTheMaximum) {
  const PageSizeLimits limits = {50, 1000};
  const struct {
    std::int32_t requested;
    std::int32_t used;
  } cases[] = {{0, 50}, {1, 1}, {999, 999}, {1000, 1000}, {1001, 1000}, {INT32_MAX, 1000}};
  for (const auto& c : cases) {
    errors::Violations bad;
    EXPECT_EQ(ResolvePageSize(c.requested, limits, bad), c.used) << c.requested;
    EXPECT_TRUE(bad.empty());
  }
}

TEST(PageSizeTest, ANegativeSizeIsAViolation) {
  for (std::int32_t size : {-1, INT32_MIN}) {
    errors::Violations bad;
    EXPECT_EQ(ResolvePageSize(size, {50, 1000}, bad), 50);
    ASSERT_EQ(bad.count(), 1u);
    EXPECT_EQ(bad.kept()[0].field, "page_size");
    EXPECT_NE(bad.kept()[0].description.find("0 for the default of 50, or 1 to 1000"),
              std::string::npos)
        << bad.kept()[0].description;
  }
}

}  // namespace
}  // namespace assay::paging
