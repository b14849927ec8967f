// The real program: exit codes, what goes to which stream, JSON that parses, help that stays as it
// is.

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/clients/cli/commands/process.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kRatings[] = "safe,effective,caring,responsive,well_led\nG,G,G,G,G\nO,O,G,G,G\n";

std::string SourceFile(const std::string& path) {
  const char* source = std::getenv("ASSAY_SOURCE_DIR");
  return absl::StrCat(source == nullptr ? "." : source, "/", path);
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Holds a port of loopback that nobody answers: bound, never listening.
class SilentPort {
 public:
  SilentPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentPort() { close(socket_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  const int socket_;
  int port_ = 0;
};

TEST(Assay, KeepsItsHelp) {
  const ProcessResult result = RunCli({"--help"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, ReadAll(SourceFile("tests/clients/cli/commands/help.golden")));
}

TEST(Assay, SaysItsVersion) {
  const ProcessResult result = RunCli({"--version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, ::testing::MatchesRegex("assay [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Assay, RefusesBadArgumentsWithOneBlock) {
  const std::string area = "icb.QHL";
  const struct {
    std::vector<std::string> arguments;
    const char* said;
  } kCases[] = {
      {{}, "command: got nothing, want one of rate, rating, "},
      {{"frobnicate"}, "command: got frobnicate, want one of rate"},
      {{"rating"}, "command: got nothing, want one of get, explain, watch"},
      {{"rating", "get"}, "location"},
      {{"rating", "get", "not a location"}, "LOCATION: got not a location"},
      {{"rating", "get", "1-102", "--as-of", "2025-02-30", "--at-least", "?"},
       "2 things are wrong"},
      {{"judgement", "create", "not a location", "--framework", "x", "--level", "3", "--effective",
        "2025-02-30"},
       "2025-02-30"},
      {{"judgement", "create", "1-102", "--framework", "cqc-saf@2024-12", "--effective",
        "2025-02-01"},
       "--level"},
      {{"evidence", "list", "not a location"}, "SUBJECT: got not a location"},
      {{"judgement", "create", "1-102", "--framework", "cqc-saf@2024-12", "--item", "safe.x",
        "--level", "3", "--effective", "2025-02-01", "--assessor", "caf\xe9"},
       "--assessor: got caf"},
      {{"rating", "get", "1-102", "--view", "huge"}, "--view"},
      {{"rating", "get", "1-102", "--scoring-address", "nonsense"}, "nonsense"},
      {{"rating", "watch", "1-102", "no such", "icb.", "--count", "1"}, "2 things are wrong"},
      {{"rating", "watch", "1-102", "--count", "-1"}, "--count"},
      {{"area", "summary", "planet.X"}, "AREA: got planet.X"},
      {{"area", "summary", area, "--known-at", "yesterday"}, "--known-at: got yesterday"},
      {{"framework", "show", "cqc-saf"}, "framework: got cqc-saf"},
      {{"completion", "cmd"}, "cmd"},
      {{"rate", "--in", "-", "--out", "-"}, "--framework: got nothing"},
      {{"rate", "--framework", "cqc-saf@1999-01", "--in", "-", "--out", "-"}, "cqc-saf@2024-12"},
      {{"rate", "--framework", "cqc-saf@2024-12", "--in", "/no/such.csv", "--out", "-"},
       "/no/such.csv"},
      {{"rate", "--framework", "cqc-saf@2024-12", "--in", "-", "--out", "-", "--where", "x"},
       "--where: got x"},
      {{"rate", "--framework", "cqc-saf@2024-12", "--in", "-", "--out", "-", "--json"}, "--json"},
      {{"rate", "--framework", "cqc-saf@2024-12", "--in", "-", "--kind", "ship"},
       "--kind: got ship"},
      {{"rate", "--in", "-", "--json", "--where", "x", "--where", "y", "--map", "/no/such.map",
        "--kind", "ship"},
       "6 things are wrong"},
      {{"rate", "--framework", "cqc-saf@2024-12", "--in", "-", "--kind", "area"},
       "cqc-saf@2024-12 does not rate"},
      {{"rate", "--framework", "cqc-saf@2024-12", "--in", "-", "--map", "/no/such.map"},
       "/no/such.map cannot be read"},
  };
  for (const auto& each : kCases) {
    const ProcessResult result = RunCli(each.arguments);
    EXPECT_EQ(result.code, 2) << each.said << result.err;
    EXPECT_EQ(result.out, "") << each.said;
    EXPECT_THAT(result.err, StartsWith("assay: ")) << each.said;
    EXPECT_THAT(result.err, HasSubstr(each.said));
    EXPECT_THAT(result.err, Not(HasSubstr("\x1b")));
  }
}

TEST(Assay, SaysWhichServiceDoesNotAnswer) {
  const SilentPort port;
  const struct {
    std::vector<std::string> arguments;
    std::string service;
  } kCases[] = {
      {{"rating", "get", "1-102"}, "scoring"},
      {{"rating", "explain", "1-102"}, "scoring"},
      {{"rating", "watch", "1-102"}, "scoring"},
      {{"area", "summary", "QHL"}, "scoring"},
      {{"framework", "list"}, "framework"},
      {{"framework", "show", "cqc-saf@2024-12"}, "framework"},
  };
  for (const auto& each : kCases) {
    std::vector<std::string> arguments = each.arguments;
    arguments.push_back(absl::StrCat("--", each.service, "-address"));
    arguments.push_back(port.address());
    const ProcessResult result = RunCli(arguments);
    EXPECT_EQ(result.code, 3) << each.arguments[1] << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, StartsWith(absl::StrCat("assay: assay-", each.service,
                                                    " does not answer at ", port.address())));
    EXPECT_THAT(result.err,
                HasSubstr(absl::StrCat("try: is assay-", each.service, " running at ",
                                       port.address(), "? set --", each.service, "-address")));
  }
}

TEST(Assay, TakesAddressesFromTheEnvironment) {
  const SilentPort port;
  const ProcessResult result =
      RunCli({"rating", "get", "1-102"}, "", {"ASSAY_SCORING_ADDRESS=" + port.address()});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr(port.address()));
}

TEST(Assay, RatesFromStandardInputToStandardOutput) {
  const ProcessResult result =
      RunCli({"rate", "--framework", "cqc-saf@2024-12", "--in", "-", "--out", "-"}, kRatings);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "id,overall,rule\n1,Good,good\n2,Outstanding,two-outstanding\n");
  EXPECT_THAT(result.err, StartsWith("2 rows rated in "));
}

TEST(Assay, WritesNothingToStandardOutputWhereACellIsWrong) {
  const ProcessResult result =
      RunCli({"rate", "--framework", "cqc-saf@2024-12", "--in", "-", "--out", "-"},
             absl::StrCat(kRatings, "G,G,G,G,Z\nG,Y,G,G,G\n"));
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("2 things are wrong, so nothing was written\n"));
  EXPECT_THAT(result.err, HasSubstr("\n  row 3 (line 4), column well_led: got Z, want "));
  EXPECT_THAT(result.err, HasSubstr("\n  row 4 (line 5), column effective: got Y, want "));
}

TEST(Assay, DoesNotReplaceTheFileThatItRates) {
  const std::string file = absl::StrCat(::testing::TempDir(), "/assay-same.csv");
  std::ofstream(file) << kRatings;
  const ProcessResult result =
      RunCli({"rate", "--framework", "cqc-saf@2024-12", "--in", file, "--out",
              absl::StrCat(::testing::TempDir(), "/./assay-same.csv")});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--out: got "));
  EXPECT_EQ(ReadAll(file), kRatings);
}

TEST(Assay, SummarisesARunAsJson) {
  const std::string out = absl::StrCat(::testing::TempDir(), "/assay-json-out.csv");
  const ProcessResult result = RunCli({"rate", "--framework", "cqc-saf@2024-12", "--in", "-",
                                       "--out", out, "--json", "--quiet", "--compare", "well_led"},
                                      kRatings);
  EXPECT_EQ(result.code, 0) << result.err;
  const nlohmann::json summary = nlohmann::json::parse(result.out);
  EXPECT_EQ(summary.at("rows"), 2);
  EXPECT_EQ(summary.at("compared"), 2);
  EXPECT_EQ(summary.at("disagreed"), 1);
  EXPECT_EQ(result.err, "row 2 (2): published Good, rated Outstanding by two-outstanding\n");
  EXPECT_EQ(ReadAll(out), "id,overall,rule\n1,Good,good\n2,Outstanding,two-outstanding\n");
}

TEST(Assay, RatesByAFrameworkFileOfOnesOwn) {
  const std::string file = SourceFile("services/framework/catalogue/cqc-kloe@2017-11.txtpb");
  const ProcessResult result =
      RunCli({"rate", "--framework-file", file, "--in", "-", "--out", "-", "-q"}, kRatings);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("2,Outstanding,two-outstanding\n"));
  EXPECT_EQ(
      RunCli({"rate", "--framework-file", SourceFile("LICENSE"), "--in", "-", "--out", "-"}).code,
      2);
}

TEST(Assay, SetsGivenRatingsBesideComputedOnes) {
  const std::string columns = "S1,S2,S3,S4,S5,S6,S7,S8,published";
  const ProcessResult result =
      RunCli({"rate", "--framework", "cqc-saf@2024-12", "--in", "-", "--map",
              "S1=S1,S2=S2,S3=S3,S4=S4,S5=S5,S6=S6,S7=S7,S8=S8,published=safe"},
             columns + "\n3,3,3,3,3,3,3,3,G\n3,3,3,3,3,3,3,1,G\n");
  EXPECT_EQ(result.code, 0) << result.err;
  // Four groups without a score, and the limiter of the first.
  const std::string blank(13, ',');
  EXPECT_THAT(result.out,
              HasSubstr(absl::StrCat("\n1,75,Good,", blank, "Good,Good,Good,one-rated,\n")));
  EXPECT_THAT(result.out,
              HasSubstr(absl::StrCat("\n2,69,Requires improvement,limiter.good", blank,
                                     "Good,Requires improvement,Requires improvement,one-rated,"
                                     "given-differs-from-computed:safe\n")));
  EXPECT_THAT(result.err, HasSubstr("1 with a given outcome that differs from the computed one"));
}

TEST(Assay, ShowsFrameworksWithoutAServer) {
  const ProcessResult list = RunCli({"framework", "list", "--offline"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("cqc-saf@2024-12"));
  EXPECT_THAT(list.out, HasSubstr("cqc-kloe@2017-11"));

  const ProcessResult json = RunCli({"framework", "list", "--offline", "--json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_GE(nlohmann::json::parse(json.out).at("versions").size(), 3u);

  const ProcessResult diff =
      RunCli({"framework", "diff", "cqc-saf@2023-11", "cqc-saf@2024-12", "--offline"});
  EXPECT_EQ(diff.code, 0) << diff.err;
  EXPECT_THAT(diff.out, HasSubstr("~ first day: was 2023-11-21, is 2024-12-02"));
  const ProcessResult show = RunCli({"framework", "show", "cqc-saf@2024-12", "--offline"});
  EXPECT_EQ(show.code, 0) << show.err;
  EXPECT_THAT(show.out, HasSubstr("Learning culture"));
  EXPECT_THAT(show.out, HasSubstr("two-inadequate"));
  EXPECT_THAT(show.out, HasSubstr("cap limiter.good: at most requires-improvement when outcome is "
                                  "good and at least 1 of 1\n"));

  const ProcessResult as_json =
      RunCli({"framework", "show", "cqc-saf@2024-12", "--offline", "--json"});
  EXPECT_EQ(nlohmann::json::parse(as_json.out).at("items").size(), 34u);
  EXPECT_EQ(RunCli({"framework", "show", "cqc-saf@1999-01", "--offline"}).code, 1);
}

TEST(Assay, PrintsCompletionsThatBashTakes) {
  const ProcessResult result = RunCli({"completion", "bash"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("' rating get'"));
  const std::string script = absl::StrCat(::testing::TempDir(), "/assay-completion.bash");
  std::ofstream(script) << result.out;
  EXPECT_EQ(std::system(absl::StrCat("bash -n ", script).c_str()), 0);
  EXPECT_THAT(RunCli({"completion", "zsh"}).out, StartsWith("#compdef assay\n"));
  EXPECT_THAT(RunCli({"completion", "fish"}).out, HasSubstr("complete -c assay -f\n"));
}

}  // namespace
}  // namespace assay::cli
