#include "services/scoring/cache/redis/endpoint.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace assay::scoring::redis {
namespace {

TEST(EndpointTest, ReadsAndWritesTheSame) {
  struct Case {
    const char* text;
    const char* path;
    const char* host;
    int port;
    bool local;
  };
  for (const Case& c :
       std::vector<Case>{{"unix:/run/redis.sock", "/run/redis.sock", "", 0, true},
                         {"localhost:6379", "", "localhost", 6379, true},
                         {"127.0.0.1:1", "", "127.0.0.1", 1, true},
                         {"127.9.9.9:65535", "", "127.9.9.9", 65535, true},
                         {"[::1]:6379", "", "::1", 6379, true},
                         {"[fd00::1]:6379", "", "fd00::1", 6379, false},
                         {"10.0.0.1:6379", "", "10.0.0.1", 6379, false},
                         {"0.0.0.0:6379", "", "0.0.0.0", 6379, false},
                         {"cache_1.example:6379", "", "cache_1.example", 6379, false},
                         // Names that look local but are looked up elsewhere.
                         {"127.0.0.1.example:1", "", "127.0.0.1.example", 1, false},
                         {"localhost.example:1", "", "localhost.example", 1, false}}) {
    const auto endpoint = ParseEndpoint("--redis", c.text);
    ASSERT_TRUE(endpoint.ok()) << endpoint.status();
    EXPECT_EQ(endpoint->path, c.path);
    EXPECT_EQ(endpoint->host, c.host);
    EXPECT_EQ(endpoint->port, c.port);
    EXPECT_EQ(endpoint->IsLocal(), c.local) << c.text;
    EXPECT_EQ(endpoint->ToString(), c.text);
  }
}

TEST(EndpointTest, RefusesTheRestByName) {
  for (const std::string& text : std::vector<std::string>{"",
                                                          "localhost",
                                                          ":6379",
                                                          "host:",
                                                          "host:0",
                                                          "host:65536",
                                                          "host:99999999999",
                                                          "host:6379x",
                                                          "host:+1",
                                                          "host:-1",
                                                          "host: 1",
                                                          "unix:",
                                                          "unix:relative",
                                                          "unix:/",
                                                          "unix:/" + std::string(107, 'x'),
                                                          std::string("unix:/a\0b", 9),
                                                          "::1:6379",
                                                          "[::1:6379",
                                                          "ho st:1",
                                                          "user@host:1",
                                                          "redis://host:1",
                                                          "[]:1",
                                                          std::string(254, 'x') + ":1"}) {
    const auto endpoint = ParseEndpoint("--redis", text);
    EXPECT_EQ(endpoint.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(endpoint.status().message().find("--redis"), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace assay::scoring::redis
