#include "services/evidence/core/fingerprint.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

v1::Source SourceOf(const char* system, const char* reference) {
  v1::Source source;
  source.set_system(system);
  source.set_reference(reference);
  return source;
}

TEST(FingerprintTest, TellsBodiesAndMethodsApart) {
  const v1::Judgement one = ScoreOf("safe.learning-culture", 3, "2025-01-01");
  const v1::Judgement other = ScoreOf("safe.learning-culture", 2, "2025-01-01");
  EXPECT_EQ(FingerprintOf("judgement", one), FingerprintOf("judgement", one));
  EXPECT_NE(FingerprintOf("judgement", one), FingerprintOf("judgement", other));
  EXPECT_NE(FingerprintOf("judgement", one), FingerprintOf("correction", one));
}

// What is stored stays comparable: the bytes that are digested never change.
TEST(FingerprintTest, ARequestIsDigestedAsIfItHadNoRequestId) {
  const absl::string_view zero("\0", 1);
  v1::CreateJudgementRequest request = ScoreRequest("locations/1-1", "safe.x", 3, "2025-01-01");
  const digest::Digest want = digest::Sha256(absl::StrCat(
      "assay.request.v1", zero, "judgement", zero, request.SerializePartialAsString()));
  constexpr int kField = v1::CreateJudgementRequest::kRequestIdFieldNumber;
  EXPECT_EQ(FingerprintOf("judgement", request), want);
  EXPECT_EQ(FingerprintOf("judgement", request, kField), want);
  request.set_request_id("0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b");
  EXPECT_EQ(FingerprintOf("judgement", request, kField), want);
  EXPECT_NE(FingerprintOf("judgement", request), want);
  const v1::Source source = SourceOf("cqc-api", "AP1");
  const std::string origin = OriginOf("locations/1-1", source);
  EXPECT_EQ(origin.substr(0, 4), digest::Sha256("locations/1-1").bytes().substr(0, 4));
  EXPECT_EQ(origin.substr(4), digest::Sha256(absl::StrCat("assay.origin.v2", zero, "locations/1-1",
                                                          zero, "cqc-api", zero, "AP1"))
                                  .bytes()
                                  .substr(0, 12));
  EXPECT_EQ(BodyOf("judgement", request.judgement()),
            digest::Sha256(absl::StrCat("assay.body.v1", zero, "judgement", zero,
                                        request.judgement().SerializePartialAsString()))
                .bytes()
                .substr(0, 16));
}

TEST(FingerprintTest, AnOriginNeedsAReference) {
  EXPECT_EQ(OriginOf("locations/1-1", SourceOf("cqc-api", "")), "");
  const std::string origin = OriginOf("locations/1-1", SourceOf("cqc-api", "AP1"));
  EXPECT_EQ(origin.size(), 16u);
  EXPECT_NE(origin, OriginOf("locations/1-2", SourceOf("cqc-api", "AP1")));
  EXPECT_NE(origin, OriginOf("locations/1-1", SourceOf("cqc", "AP1")));
  // The parts do not run into one another.
  EXPECT_NE(OriginOf("locations/1-1", SourceOf("ab", "c")),
            OriginOf("locations/1-1", SourceOf("a", "bc")));
}

TEST(FingerprintTest, PlacesDifferByNodeAndVersion) {
  type::v1::Node safe;
  safe.set_group("safe");
  type::v1::Node caring;
  caring.set_group("caring");
  EXPECT_NE(PlaceOf(kSaf, safe), PlaceOf(kSaf, caring));
  EXPECT_NE(PlaceOf(kSaf, safe), PlaceOf("frameworks/cqc-saf/versions/2023-11", safe));
}

TEST(FingerprintTest, PlacesOfActionsDifferByAllButTheirWords) {
  const v1::RegulatoryAction notice = ActionOf("2025-01-01");
  v1::RegulatoryAction same = notice;
  same.set_rationale("other words");
  *same.mutable_closed() = DateOf("2025-02-01");
  same.mutable_source()->set_system("notices");
  EXPECT_EQ(PlaceOf(same), PlaceOf(notice));
  v1::RegulatoryAction others[] = {notice, notice, notice, notice};
  others[0].set_kind(v1::REGULATORY_ACTION_KIND_BREACH);
  others[1].set_regulation("12");
  others[2].set_service("homecare");
  *others[3].mutable_opened() = DateOf("2025-01-02");
  for (const v1::RegulatoryAction& other : others) EXPECT_NE(PlaceOf(other), PlaceOf(notice));
}

}  // namespace
}  // namespace assay::evidence
