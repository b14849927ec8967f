// `assay` against real services: documents in, ratings out, and exit codes that scripts rely on.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "assay/evidence/v1/ledger_service.pb.h"
#include "tests/integration/steps.h"
#include "tests/integration/suite.h"

namespace assay::integration {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kDone = 0;
constexpr int kNo = 1;
constexpr int kBadInput = 2;
constexpr int kUnavailable = 3;

// Two locations as the regulator's interface shows them: one rated before the single assessment
// framework, one deregistered.
constexpr char kRated[] = R"({
  "locationId": "1-501", "providerId": "1-500", "organisationType": "Location",
  "type": "Social Care Org", "name": "Elm House", "registrationStatus": "Registered",
  "registrationDate": "2011-02-03", "postalCode": "B1 1AA", "numberOfBeds": 12,
  "localAuthority": "Birmingham", "region": "West Midlands",
  "onspdIcbCode": "E54000055", "onspdIcbName": "NHS Birmingham and Solihull Integrated Care Board",
  "inspectionDirectorate": "Adult social care",
  "gacServiceTypes": [{"name": "Residential homes", "description": "Care home service without nursing"}],
  "currentRatings": {
    "overall": {
      "rating": "Requires improvement", "reportDate": "2022-05-10", "reportLinkId": "r-1",
      "keyQuestionRatings": [
        {"name": "Safe", "rating": "Requires improvement", "reportDate": "2022-05-10", "reportLinkId": "r-1"},
        {"name": "Well-led", "rating": "Requires improvement", "reportDate": "2022-05-10", "reportLinkId": "r-1"},
        {"name": "Caring", "rating": "Good", "reportDate": "2022-05-10", "reportLinkId": "r-1"},
        {"name": "Responsive", "rating": "Good", "reportDate": "2022-05-10", "reportLinkId": "r-1"},
        {"name": "Effective", "rating": "Good", "reportDate": "2022-05-10", "reportLinkId": "r-1"}
      ]
    }
  }
})";
constexpr char kGone[] = R"({
  "locationId": "1-502", "providerId": "1-500", "organisationType": "Location",
  "type": "Social Care Org", "name": "Oak House", "registrationStatus": "Deregistered",
  "registrationDate": "2012-01-09", "deregistrationDate": "2024-03-01", "postalCode": "B1 1AB",
  "onspdIcbCode": "E54000055", "onspdIcbName": "NHS Birmingham and Solihull Integrated Care Board",
  "inspectionDirectorate": "Adult social care"
})";

class CliTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<Suite>> started = Suite::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    suite_ = started->release();
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }
  void SetUp() override { ASSERT_NE(suite_, nullptr); }

  // Runs `assay` with these arguments against the suite.
  static Ran Assay(std::vector<std::string> arguments,
                   std::vector<std::string> environment = suite_->Environment()) {
    arguments.insert(arguments.begin(), Program("assay"));
    environment.push_back("NO_COLOR=1");
    const absl::StatusOr<Ran> ran = RunProgram(arguments, environment);
    EXPECT_TRUE(ran.ok()) << ran.status();
    return ran.ok() ? *ran : Ran{-1, "", ""};
  }

  static void Import(const TestFolder& folder) {
    const Ran imported = Assay({"import", "cqc-api", folder.path()});
    ASSERT_EQ(imported.code, kDone) << imported.err;
  }

  static Suite* suite_;
};

Suite* CliTest::suite_ = nullptr;

template <class Message>
Message FromJson(const std::string& json) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  EXPECT_TRUE(status.ok()) << json;
  return message;
}

// The answer of the command line, once scoring has seen what was written before.
type::v1::Revision Newest(Suite& suite) {
  const auto newest = Ask(suite.changes(), &evidence::v1::ChangeService::Stub::GetRevision,
                          evidence::v1::GetRevisionRequest());
  EXPECT_TRUE(newest.ok()) << newest.status();
  return newest.ok() ? newest->revision() : type::v1::Revision();
}

TEST_F(CliTest, DocumentsInRatingsOut) {
  const TestFolder folder;
  folder.Write("locations/1-501.json", kRated);
  folder.Write("locations/1-502.json", kGone);
  Import(folder);
  const std::string token = absl::Base64Escape(Newest(*suite_).token());

  const Ran got = Assay({"rating", "get", "1-501", "--at-least", token, "--json"});
  ASSERT_EQ(got.code, kDone) << got.err;
  const auto rating = FromJson<scoring::v1::Rating>(got.out);
  EXPECT_EQ(Overall(rating), "Requires improvement");
  EXPECT_EQ(rating.display_name(), "Elm House");
  EXPECT_EQ(rating.groups_size(), 5);

  const Ran explained = Assay({"rating", "explain", "1-501", "--json"});
  ASSERT_EQ(explained.code, kDone) << explained.err;
  EXPECT_EQ(FromJson<scoring::v1::ExplainRatingResponse>(explained.out).derivation().digest(),
            rating.derivation_digest());

  // The location that was deregistered counts until the day before, and not from that day on.
  const struct {
    const char* day;
    int locations;
  } kCases[] = {{"2024-02-29", 2}, {"2024-03-01", 1}};
  for (const auto& each : kCases) {
    const Ran summed = Assay({"area", "summary", "icb.QHL", "--as-of", each.day, "--json"});
    ASSERT_EQ(summed.code, kDone) << summed.err;
    EXPECT_EQ(FromJson<scoring::v1::AreaSummary>(summed.out).locations(), each.locations)
        << each.day;
  }

  // Importing again writes nothing.
  const type::v1::Revision before = Newest(*suite_);
  Import(folder);
  EXPECT_EQ(Newest(*suite_).token(), before.token());
}

TEST_F(CliTest, ProofsOfTheRecordAreCheckedWithNoServiceAtHand) {
  const TestFolder folder;
  folder.Write("locations/1-501.json", kRated);
  Import(folder);
  evidence::v1::ListJudgementsRequest list;
  list.set_parent("locations/1-501");
  const auto judgements =
      Ask(suite_->record(), &evidence::v1::RecordService::Stub::ListJudgements, list);
  ASSERT_TRUE(judgements.ok()) << judgements.status();
  const std::string name = judgements->judgements(0).name();
  const std::string key = absl::StrCat(suite_->folder(), "/evidence.db.ledger-key.pub");
  const std::string first = folder.File("first.json"), second = folder.File("second.json");
  const std::string proof = folder.File("proof.json"), growth = folder.File("growth.json");

  const Ran taken = Assay({"verify", "checkpoint", first, "--save", "--key", key});
  ASSERT_EQ(taken.code, kDone) << taken.err << taken.out;
  EXPECT_THAT(taken.out, HasSubstr("signed by the key given"));
  const Ran saved =
      Assay({"verify", "record", proof, "--checkpoint", first, "--key", key, "--save", name});
  ASSERT_EQ(saved.code, kDone) << saved.err << saved.out;
  EXPECT_THAT(saved.out, HasSubstr(name)) << "whose proof it is";
  ASSERT_EQ(Assay({"judgement", "create", "1-501", "--framework", "cqc-saf@2024-12", "--item",
                   kLearning, "--level", "3", "--effective", "2025-03-01"})
                .code,
            kDone);
  ASSERT_EQ(Assay({"verify", "checkpoint", second, "--save"}).code, kDone);
  const Ran grown = Assay({"verify", "consistency", growth, "--earlier", first, "--later", second,
                           "--key", key, "--save"});
  ASSERT_EQ(grown.code, kDone) << grown.err << grown.out;

  // Nothing listens where these would ask.
  const std::vector<std::string> nobody = {"ASSAY_EVIDENCE_ADDRESS=127.0.0.1:1"};
  const auto offline = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "verify");
    arguments.insert(arguments.end(), {"--key", key});
    return Assay(arguments, nobody).code;
  };
  EXPECT_EQ(offline({"checkpoint", first}), kDone);
  EXPECT_EQ(offline({"record", proof, "--checkpoint", first}), kDone);
  EXPECT_EQ(offline({"consistency", growth, "--earlier", first, "--later", second}), kDone);

  EXPECT_EQ(offline({"record", proof, "--checkpoint", second}), kNo) << "of another size";
  EXPECT_EQ(offline({"consistency", growth, "--earlier", second, "--later", first}), kNo);
  auto leaf = FromJson<evidence::v1::InclusionProof>(ReadFile(folder.File("proof.json")));
  leaf.mutable_leaf()->back() ^= 1;
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(leaf, &json).ok());
  folder.Write("proof.json", json);
  EXPECT_EQ(offline({"record", proof, "--checkpoint", first}), kNo);
  auto stated = FromJson<evidence::v1::Checkpoint>(ReadFile(folder.File("first.json")));
  stated.mutable_logs(0)->mutable_root()->back() ^= 1;
  json.clear();
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(stated, &json).ok());
  folder.Write("first.json", json);
  EXPECT_EQ(offline({"checkpoint", first}), kNo);
  folder.Write("first.json", "not json");
  EXPECT_EQ(offline({"checkpoint", first}), kBadInput);
  EXPECT_EQ(offline({"checkpoint", folder.File("none")}), kBadInput);
}

TEST_F(CliTest, ARunningStoreIsBackedUpAndRestored) {
  const TestFolder folder;
  folder.Write("locations/1-501.json", kRated);
  Import(folder);
  const std::string store = absl::StrCat(suite_->folder(), "/evidence.db");
  const std::string backup = folder.File("backup.db");
  const Ran copied = Assay({"evidence", "backup", "--store", store, "--to", backup});
  ASSERT_EQ(copied.code, kDone) << copied.err;
  EXPECT_THAT(copied.out, HasSubstr("records"));
  EXPECT_EQ(Assay({"evidence", "backup", "--store", store, "--to", backup}).code, kBadInput);
  EXPECT_EQ(Assay({"evidence", "restore", "--from", backup, "--store", folder.File("new.db")}).code,
            kDone);
}

TEST_F(CliTest, TruncatedDocumentIsBadInputAndNothingOfItIsWritten) {
  const TestFolder folder;
  folder.Write("locations/1-503.json", R"({"locationId": "1-503", "providerId": "1-5)");
  const Ran imported = Assay({"import", "cqc-api", folder.path()});
  EXPECT_EQ(imported.code, kBadInput) << imported.out;
  EXPECT_THAT(imported.err, HasSubstr("1-503.json"));
  EXPECT_EQ(Assay({"rating", "get", "1-503"}).code, kNo);
}

TEST_F(CliTest, JudgementInRatingOut) {
  Register(*suite_, NewLocation("1-510"));
  const Ran written =
      Assay({"judgement", "create", "1-510", "--framework", "cqc-saf@2024-12", "--item", kLearning,
             "--level", "4", "--effective", "2025-03-01", "--json"});
  ASSERT_EQ(written.code, kDone) << written.err;
  const auto judgement = FromJson<evidence::v1::Judgement>(written.out);
  const Ran got = Assay(
      {"rating", "get", "1-510", "--at-least", absl::Base64Escape(judgement.revision().token())});
  EXPECT_EQ(got.code, kDone) << got.err;
  EXPECT_THAT(got.out, AllOf(HasSubstr("locations/1-510"), HasSubstr("Outstanding"),
                             HasSubstr("derivation ")));
}

// A method from its file to withdrawal, as an author does it.
TEST_F(CliTest, AMethodIsPublishedFromItsFile) {
  const TestFolder folder;
  std::string text = ReadFile(Source("services/framework/catalogue/cqc-saf@2024-12.txtpb"));
  const auto replace = [&text](const std::string& part, const std::string& other) {
    const std::size_t at = text.find(part);
    ASSERT_NE(at, std::string::npos) << part;
    text.replace(at, part.size(), other);
  };
  replace("frameworks/cqc-saf/versions/2024-12", "frameworks/my-method/versions/1");
  folder.Write("my-method@1.txtpb", text);
  const std::string file = folder.File("my-method@1.txtpb");

  const Ran created = Assay({"framework", "create", file});
  EXPECT_EQ(created.code, kDone) << created.err;
  EXPECT_THAT(created.out, HasSubstr("created my-method@1: a draft without a fault"));
  const Ran published = Assay({"framework", "publish", file});
  EXPECT_EQ(published.code, kDone) << published.err;
  EXPECT_THAT(published.out, HasSubstr("published my-method@1: published, for assessments"));
  const Ran again = Assay({"framework", "publish", file, "--json"});
  ASSERT_EQ(again.code, kDone) << again.err;
  EXPECT_EQ(FromJson<framework::v1::FrameworkVersion>(again.out).state(),
            framework::v1::VERSION_STATE_PUBLISHED);

  // Another content under its name.
  replace("Learning culture", "Culture of learning");
  folder.Write("changed.txtpb", text);
  for (const char* command : {"publish", "create", "update"}) {
    const Ran refused = Assay({"framework", command, folder.File("changed.txtpb")});
    EXPECT_EQ(refused.code, kBadInput) << command << refused.out;
    EXPECT_THAT(refused.err, HasSubstr("can no longer be changed")) << command;
  }
  const Ran differs = Assay({"framework", "diff", "my-method@1", folder.File("changed.txtpb")});
  EXPECT_EQ(differs.code, kDone) << differs.err;
  EXPECT_THAT(differs.out, HasSubstr("was \"Learning culture\", is \"Culture of learning\""));
  const Ran same = Assay({"framework", "diff", "my-method@1", "my-method@1"});
  EXPECT_EQ(same.out, "no difference\n") << same.err;

  // A faulty file is told with its places, and leaves nothing behind.
  folder.Write("faulty.txtpb",
               absl::StrCat("name: \"frameworks/my-method/versions/2\"\n", "colour: 1\n"));
  const Ran faulty = Assay({"framework", "publish", folder.File("faulty.txtpb")});
  EXPECT_EQ(faulty.code, kBadInput) << faulty.out;
  EXPECT_THAT(faulty.err, HasSubstr("faulty.txtpb:2:"));
  folder.Write("empty.txtpb", "name: \"frameworks/my-method/versions/2\"\n");
  const Ran empty = Assay({"framework", "publish", folder.File("empty.txtpb")});
  EXPECT_EQ(empty.code, kBadInput) << empty.out;
  EXPECT_THAT(empty.err, HasSubstr("empty.txtpb:1:1"));
  EXPECT_EQ(Assay({"framework", "show", "my-method@2"}).code, kNo);
  // A faulty draft cannot be published by its name; what is advised then names its faults.
  ASSERT_EQ(Assay({"framework", "create", folder.File("empty.txtpb")}).code, kDone);
  const Ran unproven = Assay({"framework", "publish", "my-method@2"});
  EXPECT_EQ(unproven.code, kBadInput) << unproven.out;
  EXPECT_THAT(unproven.err, HasSubstr("try: assay framework check my-method@2\n"));
  const Ran checked = Assay({"framework", "check", "my-method@2"});
  EXPECT_EQ(checked.code, kNo) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("my-method@2: error [field-invalid] groups: got 0 entries"));
  const Ran shipped = Assay({"framework", "check", "cqc-saf@2024-12", "--quiet"});
  EXPECT_EQ(shipped.code, kDone) << shipped.err;
  EXPECT_THAT(shipped.out, HasSubstr("cqc-saf@2024-12: no errors"));
  EXPECT_EQ(Assay({"framework", "check", "my-method@3"}).code, kNo);

  const Ran selected =
      Assay({"framework", "select", "--framework", "my-method", "--start", "2025-03-01"});
  EXPECT_EQ(selected.code, kDone) << selected.err;
  EXPECT_EQ(selected.out, "frameworks/my-method/versions/1\n");
  EXPECT_EQ(Assay({"framework", "withdraw", "my-method@1", "--reason", "Only tried."}).code, kDone);
  EXPECT_EQ(
      Assay({"framework", "select", "--framework", "my-method", "--start", "2025-03-01"}).code,
      kNo);
  EXPECT_THAT(Assay({"framework", "list"}).out, HasSubstr("withdrawn"));
}

TEST_F(CliTest, ExitCodesAreTheirPromise) {
  const struct {
    std::vector<std::string> arguments;
    int code;
    const char* says;
  } kCases[] = {
      {{"framework", "list"}, kDone, "2024-12"},
      {{"framework", "show", "cqc-saf@2024-12"}, kDone, "learning"},
      {{"--help"}, kDone, "Exit codes"},
      {{"rating", "get", "1-999"}, kNo, "1-999"},
      {{"framework", "show", "cqc-saf@1999-01"}, kNo, "1999-01"},
      {{"area", "summary", "icb.NONE"}, kNo, "NONE"},
      {{"rating", "get", "no such id"}, kBadInput, "no such id"},
      {{"rating", "get"}, kBadInput, "location is required"},
      {{"rating", "get", "1-1", "--as-of", "2025-02-30"}, kBadInput, "2025-02-30"},
      {{"judgement", "create", "1-999", "--framework", "cqc-saf@2024-12", "--item", "safe.x",
        "--level", "9", "--effective", "2199-01-01"},
       kBadInput,
       "effective"},
      {{"no-such-command"}, kBadInput, "no-such-command"},
  };
  for (const auto& each : kCases) {
    const Ran ran = Assay(each.arguments);
    EXPECT_EQ(ran.code, each.code) << ::testing::PrintToString(each.arguments) << ran.err;
    EXPECT_THAT(each.code == kDone ? ran.out : ran.err, HasSubstr(each.says))
        << ::testing::PrintToString(each.arguments);
  }
}

TEST_F(CliTest, ServiceThatDoesNotAnswerIsThree) {
  const std::vector<std::string> nowhere = {"ASSAY_SCORING_ADDRESS=unix:/nonexistent/assay.sock",
                                            "ASSAY_FRAMEWORK_ADDRESS=unix:/nonexistent/assay.sock"};
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"rating", "get", "1-501"},
        std::vector<std::string>{"framework", "list"}}) {
    const Ran ran = Assay(arguments, nowhere);
    EXPECT_EQ(ran.code, kUnavailable) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("/nonexistent/assay.sock"));
    EXPECT_EQ(ran.out, "");
  }
}

TEST_F(CliTest, WatchLeavesAfterItsCountAndSaysNoWhenTheTimeIsOver) {
  AddArea(*suite_, "icb.QC1");
  const auto location = Register(*suite_, NewLocation("1-520", {"icb.QC1"}));
  Rate(*suite_, RatingOf("1-520", {location.revision()}));
  const Ran seen =
      Assay({"rating", "watch", "icb.QC1", "--initial", "--count", "1", "--for", "30", "--json"});
  EXPECT_EQ(seen.code, kDone) << seen.err;
  EXPECT_EQ(FromJson<scoring::v1::WatchRatingsResponse>(seen.out).rating().subject(),
            "locations/1-520");
  EXPECT_EQ(Assay({"rating", "watch", "1-520", "--count", "1", "--for", "0.2"}).code, kNo);
}

TEST_F(CliTest, TablesAreForPeopleAndPlainWhereNobodyLooks) {
  const Ran listed = Assay({"framework", "list"});
  EXPECT_EQ(listed.code, kDone);
  EXPECT_THAT(listed.out,
              AllOf(HasSubstr("cqc-kloe"), HasSubstr("2017-11"), Not(HasSubstr("\x1b"))));
}

TEST_F(CliTest, EvidenceIsKeptFoundFetchedAndErased) {
  const TestFolder folder;
  Register(*suite_, NewLocation("1-601"));
  const std::string letter = std::string(700000, 'l') + "\n";
  folder.Write("letter.txt", letter);
  const std::string path = absl::StrCat(folder.path(), "/letter.txt");
  const Ran added =
      Assay({"evidence", "add", "1-601", "--kind", "complaint", "--sensitivity", "confidential",
             "--received", "2025-03-04", "--framework", "cqc-saf@2024-12", "--item", kLearning,
             "--text", "Fell twice in a week", "--attach", path, "--json"});
  ASSERT_EQ(added.code, kDone) << added.err;
  const auto item = FromJson<evidence::v1::EvidenceItem>(added.out);
  ASSERT_EQ(item.attachments_size(), 1) << added.out;
  EXPECT_EQ(item.attachments(0).file_name(), "letter.txt");

  const Ran listed = Assay({"evidence", "list", "1-601", "--kind", "complaint"});
  EXPECT_EQ(listed.code, kDone) << listed.err;
  EXPECT_THAT(listed.out, AllOf(HasSubstr("2025-03-04"), HasSubstr("Fell twice in a week")));
  EXPECT_THAT(Assay({"evidence", "list", "1-601", "--kind", "survey"}).out,
              HasSubstr("no evidence"));
  EXPECT_THAT(Assay({"evidence", "show", item.name()}).out, HasSubstr("Fell twice in a week"));

  const std::string digest = absl::BytesToHexString(item.attachments(0).digest());
  const std::string copy = absl::StrCat(folder.path(), "/copy.txt");
  const Ran fetched = Assay({"evidence", "fetch", "1-601", digest, "--out", copy});
  ASSERT_EQ(fetched.code, kDone) << fetched.err;
  EXPECT_EQ(ReadFile(copy), letter);
  EXPECT_THAT(Assay({"evidence", "attach", "1-601", path}).out,
              AllOf(HasSubstr(digest), HasSubstr("there already")));

  const Ran erased = Assay({"evidence", "erase", item.name(), "--reason", "DPR-2025-17"});
  ASSERT_EQ(erased.code, kDone) << erased.err;
  EXPECT_THAT(Assay({"evidence", "show", item.name()}).out,
              AllOf(HasSubstr("erased"), Not(HasSubstr("Fell"))));
  const Ran again = Assay({"evidence", "fetch", "1-601", digest, "--out", copy + "2"});
  EXPECT_EQ(again.code, kNo) << again.err;
  EXPECT_EQ(Assay({"evidence", "fetch", "1-601", "12", "--out", copy}).code, kBadInput);
}

TEST_F(CliTest, EvidenceIsAboutAnySubject) {
  const TestFolder folder;
  folder.Write("letter.txt", "Dear sir");
  const std::string path = absl::StrCat(folder.path(), "/letter.txt");
  const evidence::v1::Location home = NewLocation("1-603");
  Register(*suite_, home);
  evidence::v1::UpsertServiceRequest service;
  service.mutable_service()->set_name("locations/1-603/services/homecare");
  service.mutable_service()->set_display_name("Homecare");
  ASSERT_TRUE(
      Ask(suite_->registry(), &evidence::v1::RegistryService::Stub::UpsertService, service).ok());
  for (const std::string& subject : {home.provider(), std::string("1-603/services/homecare")}) {
    const Ran added = Assay({"evidence", "add", subject, "--kind", "complaint", "--sensitivity",
                             "confidential", "--received", "2025-03-04", "--text",
                             "About all of it", "--attach", path, "--json"});
    ASSERT_EQ(added.code, kDone) << added.err;
    EXPECT_THAT(Assay({"evidence", "list", subject}).out, HasSubstr("About all of it")) << subject;
    EXPECT_THAT(Assay({"evidence", "attach", subject, path}).out, HasSubstr("there already"));
  }
}

TEST_F(CliTest, AnOverrideStandsInTheRatingAndAPublicationIsKept) {
  Register(*suite_, NewLocation("1-602"));
  Judge(*suite_, "1-602", Score(kLearning, 3, Day("2025-03-01")));
  const Ran overridden = Assay({"override",
                                "create",
                                "1-602",
                                "--framework",
                                "cqc-saf@2024-12",
                                "--group",
                                "safe",
                                "--from",
                                "3",
                                "--to",
                                "1",
                                "--effective",
                                "2025-03-02",
                                "--rationale",
                                "Two deaths",
                                "--quality-control",
                                "QC-17",
                                "--decided-by",
                                "the panel",
                                "--json"});
  ASSERT_EQ(overridden.code, kDone) << overridden.err;
  const auto one = FromJson<evidence::v1::Override>(overridden.out);
  EXPECT_EQ(one.outcome().label(), "Inadequate");
  const scoring::v1::Rating rating = Rate(*suite_, RatingOf("1-602", {one.revision()}));
  EXPECT_EQ(rating.groups(0).outcome().label(), "Inadequate");
  EXPECT_EQ(Overall(rating), "Inadequate");

  // The derivation names the override's place alone; who decided it and why, the record says.
  const Ran explained = Assay({"rating", "explain", "1-602"});
  ASSERT_EQ(explained.code, kDone) << explained.err;
  EXPECT_THAT(explained.out,
              AllOf(HasSubstr("override of safe: Good to Inadequate, from 2025-03-02"),
                    HasSubstr("Two deaths"), HasSubstr("quality control QC-17"),
                    HasSubstr("decided by the panel"), HasSubstr(one.name())));
  EXPECT_THAT(Assay({"rating", "explain", "1-602", "--json"}).out, Not(HasSubstr("Two deaths")));
  const Ran alone =
      Assay({"rating", "explain", "1-602", "--evidence-address", "127.0.0.1:1", "--timeout", "5"});
  EXPECT_EQ(alone.code, kDone) << alone.err;
  EXPECT_THAT(alone.out, AllOf(HasSubstr("Inadequate"), Not(HasSubstr("Two deaths"))));
  EXPECT_THAT(alone.err, HasSubstr("is not shown: assay-evidence does not answer"));
  evidence::v1::EraseRequest erase;
  erase.set_name(one.name());
  erase.set_reason("DPR-17");
  ASSERT_TRUE(Ask(suite_->record(), &evidence::v1::RecordService::Stub::Erase, erase).ok());
  EXPECT_THAT(Assay({"rating", "explain", "1-602"}).out,
              AllOf(HasSubstr("its rationale was erased"), Not(HasSubstr("Two deaths"))));

  const Ran published = Assay({"publication", "create", "1-602", "--framework", "cqc-saf@2024-12",
                               "--level", "1", "--published", "2025-03-05", "--derivation",
                               absl::BytesToHexString(rating.derivation_digest())});
  ASSERT_EQ(published.code, kDone) << published.err;
  EXPECT_THAT(published.out, AllOf(HasSubstr("Inadequate"), HasSubstr("2025-03-05")));
  const Ran nothing = Assay({"override", "create", "1-602", "--framework", "cqc-saf@2024-12",
                             "--effective", "2025-13-02", "--rationale", "x"});
  EXPECT_EQ(nothing.code, kBadInput);
  EXPECT_THAT(nothing.err, AllOf(HasSubstr("--effective"), HasSubstr("--to")));
}

}  // namespace
}  // namespace assay::integration
