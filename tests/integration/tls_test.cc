// All three services behind certificates of a private authority, which each demands of its callers,
// those among them too.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "tests/common/testing/certificates.h"
#include "tests/integration/dependencies.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

using ::testing::HasSubstr;
using Flags = std::vector<std::string>;

constexpr int kDone = 0;
constexpr int kUnavailable = 3;

// Of every certificate, and of no address: so it must be said.
constexpr char kServerName[] = "assay.internal";

constexpr char kLocation[] = R"({
  "locationId": "1-800", "providerId": "1-100", "organisationType": "Location",
  "type": "Social Care Org", "name": "Elm House", "registrationStatus": "Registered",
  "registrationDate": "2012-01-09", "postalCode": "B1 1AB",
  "onspdIcbCode": "E54000055", "onspdIcbName": "NHS Birmingham and Solihull Integrated Care Board",
  "inspectionDirectorate": "Adult social care"
})";

Flags Joined(Flags flags, const Flags& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(testing::MakeAuthority(folder_.path(), "ca"));
    for (const char* name : {"framework", "evidence", "scoring", "person"}) {
      ASSERT_TRUE(
          testing::MakeCertificate(folder_.path(), "ca", name, absl::StrCat("DNS:", kServerName)));
    }
    for (Server* server : {&framework_, &evidence_, &scoring_}) {
      const absl::Status started = server->Start();
      ASSERT_TRUE(started.ok()) << started;
    }
  }

  std::string Pem(const std::string& name) const { return folder_.File(name + ".pem"); }
  std::string Key(const std::string& name) const { return folder_.File(name + ".key"); }

  Flags ServedAs(const std::string& name) const {
    return {"--tls-cert", Pem(name), "--tls-key", Key(name), "--tls-client-ca", Pem("ca")};
  }
  Flags CallingAs(const std::string& name) const {
    return {"--client-ca",  Pem("ca"), "--client-certificate", Pem(name),
            "--client-key", Key(name), "--client-server-name", kServerName};
  }

  // Runs `assay` with the addresses of the three, and these flags for the connection.
  Ran Assay(Flags arguments, const Flags& connection) const {
    arguments.insert(arguments.begin(), Program("assay"));
    const absl::StatusOr<Ran> ran =
        RunProgram(Joined(std::move(arguments), connection),
                   {absl::StrCat("ASSAY_FRAMEWORK_ADDRESS=", framework_.address()),
                    absl::StrCat("ASSAY_EVIDENCE_ADDRESS=", evidence_.address()),
                    absl::StrCat("ASSAY_SCORING_ADDRESS=", scoring_.address()), "NO_COLOR=1"});
    EXPECT_TRUE(ran.ok()) << ran.status();
    return ran.ok() ? *ran : Ran{-1, "", ""};
  }
  Ran AssayAs(const std::string& name, Flags arguments) const {
    return Assay(std::move(arguments), {"--tls-ca", Pem("ca"), "--tls-cert", Pem(name), "--tls-key",
                                        Key(name), "--tls-server-name", kServerName});
  }

  const TestFolder folder_;
  Server framework_{"framework", folder_.path(),
                    Joined({"--catalogue", Source("services/framework/catalogue"), "--store",
                            folder_.File("framework.db")},
                           ServedAs("framework"))};
  Server evidence_{"evidence", folder_.path(),
                   Joined(Joined({"--store", folder_.File("evidence.db"), "--framework-address",
                                  framework_.address()},
                                 ServedAs("evidence")),
                          CallingAs("evidence"))};
  Server scoring_{"scoring", folder_.path(),
                  Joined(Joined({"--framework-address", framework_.address(), "--evidence-address",
                                 evidence_.address(), "--state-directory", folder_.path()},
                                ServedAs("scoring")),
                         CallingAs("scoring"))};
};

TEST_F(TlsTest, AJudgementGoesInAndARatingComesOutWithCertificatesEverywhere) {
  const TestFolder documents;
  documents.Write("locations/1-800.json", kLocation);
  const Ran imported = AssayAs("person", {"import", "cqc-api", documents.path()});
  ASSERT_EQ(imported.code, kDone) << imported.err;
  // Evidence must ask the framework service for the method.
  const Ran written =
      AssayAs("person", {"judgement", "create", "1-800", "--framework", "cqc-saf@2024-12", "--item",
                         kLearning, "--level", "4", "--effective", "2025-03-01", "--json"});
  ASSERT_EQ(written.code, kDone) << written.err << evidence_.Log();
  evidence::v1::Judgement judgement;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(written.out, &judgement).ok());

  EXPECT_TRUE(AwaitDependency(evidence_, "framework", true)) << evidence_.Log();
  EXPECT_TRUE(AwaitDependency(scoring_, "framework", true)) << scoring_.Log();
  EXPECT_TRUE(AwaitDependency(scoring_, "evidence", true)) << scoring_.Log();
  const Ran rated = AssayAs("person", {"rating", "get", "1-800", "--at-least",
                                       absl::Base64Escape(judgement.revision().token())});
  EXPECT_EQ(rated.code, kDone) << rated.err << scoring_.Log();
  EXPECT_THAT(rated.out, HasSubstr("Outstanding"));
}

TEST_F(TlsTest, WhoShowsNoCertificateOrExpectsAnotherNameIsTurnedAway) {
  const Flags list = {"framework", "list"};
  EXPECT_EQ(AssayAs("person", list).code, kDone);
  const Flags no_certificate = {"--tls-ca", Pem("ca"), "--tls-server-name", kServerName};
  EXPECT_EQ(Assay(list, no_certificate).code, kUnavailable);
  const Flags no_name = {"--tls-ca",    Pem("ca"),   "--tls-cert",
                         Pem("person"), "--tls-key", Key("person")};
  EXPECT_EQ(Assay(list, no_name).code, kUnavailable);
  EXPECT_EQ(Assay(list, {}).code, kUnavailable) << "plain text";
}

}  // namespace
}  // namespace assay::integration
