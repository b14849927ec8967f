#include "services/common/config/address.h"

#include <string>

#include "gtest/gtest.h"

namespace assay::config {
namespace {

TEST(AddressTest, GoodOnesSurviveTheTripAndKnowWhetherTheyAreLocal) {
  struct Case {
    std::string text;
    bool local;
  };
  const Case cases[] = {
      {"127.0.0.1:7302", true},   {"127.255.0.9:0", true},
      {"localhost:1", true},      {"[::1]:7302", true},
      {"unix:/run/a", true},      {"unix:build/demo/a.sock", true},
      {"0.0.0.0:7302", false},    {"[::]:7302", false},
      {"10.0.0.1:65535", false},  {"127.example.org:7302", false},
      {"127.0.0.1.org:1", false}, {"evidence.example:443", false},
  };
  for (const Case& c : cases) {
    const auto address = ParseAddress(c.text);
    ASSERT_TRUE(address.ok()) << c.text;
    EXPECT_EQ(address->ToString(), c.text);
    EXPECT_EQ(address->IsLocal(), c.local) << c.text;
  }
}

TEST(AddressTest, TheLongFormOfAUnixAddressIsTaken) {
  EXPECT_EQ(ParseAddress("unix:///run/a.sock")->ToString(), "unix:/run/a.sock");
}

TEST(AddressTest, BadOnesAreRefused) {
  const std::string cases[] = {
      "",
      "127.0.0.1",
      ":7302",
      "a:",
      "a:b",
      "a:65536",
      "a:-1",
      "a: 1",
      "a:1 ",
      "::1:7302",
      "[]:1",
      "[a]:1",
      "a b:1",
      "unix:",
      "http://a:1",
      "a:+1",
      "a:99999999999",
      "unix:" + std::string(108, 'x'),
      std::string(254, 'a') + ":1",
      std::string("unix:a\0b", 8),
  };
  for (const std::string& text : cases) EXPECT_FALSE(ParseAddress(text).ok()) << text;
}

}  // namespace
}  // namespace assay::config
