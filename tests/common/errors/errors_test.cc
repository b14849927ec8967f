#include "services/common/errors/errors.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/common/errors/evidence_errors.h"
#include "services/common/errors/framework_errors.h"

namespace assay::errors {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

struct Case {
  absl::Status status;
  const char* reason;
  absl::StatusCode code;
  bool retry;
};

std::vector<Case> OneOfEach() {
  using absl::StatusCode;
  const absl::Duration second = absl::Seconds(1);
  return {
      {NotFound(ResourceType::kLocation, "locations/1-9"), "LOCATION_NOT_FOUND",
       StatusCode::kNotFound, false},
      {AlreadyExists(ResourceType::kFrameworkVersion, "frameworks/a/versions/b"),
       "FRAMEWORK_VERSION_ALREADY_EXISTS", StatusCode::kAlreadyExists, false},
      {InvalidArgument("score", 5, "1 to 4"), "REQUEST_INVALID", StatusCode::kInvalidArgument,
       false},
      {Immutable(ResourceType::kFrameworkVersion, "v"), "RESOURCE_IMMUTABLE",
       StatusCode::kFailedPrecondition, false},
      {RequestIdReused("r-1"), "REQUEST_ID_REUSED", StatusCode::kAlreadyExists, false},
      {EtagMismatch(ResourceType::kProvider, "providers/1-1"), "ETAG_MISMATCH",
       StatusCode::kAborted, false},
      {AlreadySuperseded(ResourceType::kJudgement, "locations/1-1/judgements/x"),
       "ALREADY_SUPERSEDED", StatusCode::kAborted, false},
      {RevisionUnavailable("r", second), "REVISION_UNAVAILABLE", StatusCode::kUnavailable, true},
      {NotReady("the book", second), "NOT_READY", StatusCode::kUnavailable, true},
      {ForeignToken("at_least"), "TOKEN_OF_ANOTHER_EPOCH", StatusCode::kFailedPrecondition, false},
      {MalformedToken("page_token"), "TOKEN_MALFORMED", StatusCode::kInvalidArgument, false},
      {PageTokenMismatch("filter"), "PAGE_TOKEN_MISMATCH", StatusCode::kInvalidArgument, false},
      {DeadlineTooShort(absl::Milliseconds(1), second), "DEADLINE_TOO_SHORT",
       StatusCode::kDeadlineExceeded, false},
      {DeadlineExceeded(), "DEADLINE_EXCEEDED", StatusCode::kDeadlineExceeded, false},
      {Cancelled(), "CALL_CANCELLED", StatusCode::kCancelled, false},
      {Overloaded("the store", second), "OVERLOADED", StatusCode::kResourceExhausted, true},
      {Draining(), "SERVER_DRAINING", StatusCode::kUnavailable, true},
      {DependencyUnavailable("redis"), "DEPENDENCY_UNAVAILABLE", StatusCode::kUnavailable, true},
      {Unimplemented("RatingService.GetRating"), "METHOD_UNIMPLEMENTED", StatusCode::kUnimplemented,
       false},
      {Corrupt("partition 17"), "DATA_CORRUPT", StatusCode::kDataLoss, false},
      {CatalogueFull(250), "CATALOGUE_FULL", StatusCode::kResourceExhausted, false},
      {ServicesFull("locations/1-102", 1000), "SERVICES_FULL", StatusCode::kResourceExhausted,
       false},
      {StoreNotConfigured("the framework service"), "STORE_NOT_CONFIGURED",
       StatusCode::kFailedPrecondition, false},
      {VersionAmbiguous("2001-01-01", {"frameworks/a/versions/b", "frameworks/c/versions/d"}),
       "VERSION_AMBIGUOUS", StatusCode::kFailedPrecondition, false},
      {VersionNotInForce("frameworks/a", "2001-01-01", "care-home"), "VERSION_NOT_IN_FORCE",
       StatusCode::kNotFound, false},
      {VersionNotProven("frameworks/a/versions/b", Violations()), "VERSION_NOT_PROVEN",
       StatusCode::kFailedPrecondition, false},
      {VersionNotPublished("frameworks/a/versions/b"), "VERSION_NOT_PUBLISHED",
       StatusCode::kFailedPrecondition, false},
      {DiskFull("the evidence store"), "DISK_FULL", StatusCode::kResourceExhausted, false},
      {Internal("the evidence store"), "INTERNAL", StatusCode::kInternal, false},
  };
}

TEST(ErrorsTest, EachHasItsCodeItsReasonAndRetryInfoWhereTryingAgainHelps) {
  for (const Case& c : OneOfEach()) {
    EXPECT_EQ(Reason(c.status), c.reason);
    EXPECT_EQ(c.status.code(), c.code) << c.reason;
    EXPECT_EQ(RetryDelay(c.status).has_value(), c.retry) << c.reason;
    EXPECT_FALSE(c.status.message().empty()) << c.reason;
  }
}

TEST(ErrorsTest, EveryReasonMadeIsInTheCatalogueWithThatCode) {
  std::map<std::string, absl::StatusCode> catalogue;
  for (const CatalogueEntry& entry : Catalogue()) catalogue[std::string(entry.reason)] = entry.code;
  std::set<std::string> made;
  for (const Case& c : OneOfEach()) {
    ASSERT_EQ(catalogue.count(c.reason), 1u) << c.reason;
    EXPECT_EQ(catalogue[c.reason], c.code) << c.reason;
    made.insert(c.reason);
  }
  // Nothing general is in the catalogue without a function here: only resource types add more.
  const size_t of_types = 3 * AllResourceReasons().size();
  EXPECT_EQ(Catalogue().size() - of_types, made.size() - 2);
}

TEST(ErrorsTest, ReasonsAreUniqueAndWellFormed) {
  std::set<std::string> seen;
  for (const CatalogueEntry& entry : Catalogue()) {
    const std::string reason(entry.reason);
    EXPECT_TRUE(seen.insert(reason).second) << reason << " is there twice";
    EXPECT_THAT(reason, MatchesRegex("[A-Z][A-Z0-9_]*[A-Z0-9]"));
    EXPECT_LE(reason.size(), 63u) << reason;
  }
}

// The names under which docs/errors.md gives the codes.
std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

TEST(ErrorsTest, TheDocumentListsExactlyTheCatalogue) {
  const char* root = std::getenv("ASSAY_SOURCE_DIR");
  const std::string path = absl::StrCat(root == nullptr ? "." : root, "/docs/errors.md");
  std::ifstream file(path);
  ASSERT_TRUE(file.good()) << path;
  std::map<std::string, std::string> documented;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    if (cells.size() < 3 || cells[0].rfind("| `", 0) != 0) continue;
    const std::string reason = cells[0].substr(3, cells[0].size() - 4);
    EXPECT_TRUE(documented.emplace(reason, cells[1]).second) << reason << " is documented twice";
  }
  std::map<std::string, std::string> wanted;
  for (const CatalogueEntry& entry : Catalogue()) {
    wanted[std::string(entry.reason)] = CodeName(entry.code);
  }
  for (const auto& [reason, code] : wanted) EXPECT_EQ(documented[reason], code) << reason;
  for (const auto& [reason, code] : documented) EXPECT_EQ(wanted.count(reason), 1u) << reason;
}

TEST(ErrorsTest, NamesAreCarriedAndCutWhereTheyAreHuge) {
  const absl::Status status = NotFound(ResourceType::kLocation, "locations/1-9");
  EXPECT_EQ(status.message(), "location locations/1-9 does not exist");
  EXPECT_EQ(Metadata(status)["name"], "locations/1-9");
  const absl::Status cut = NotFound(ResourceType::kLocation, std::string(1 << 20, 'x'));
  EXPECT_LT(cut.message().size(), 300u);
}

TEST(ErrorsTest, RetryDelaysAreExactAndHeldToAnHour) {
  EXPECT_EQ(RetryDelay(Overloaded("x", absl::Milliseconds(1250))), absl::Milliseconds(1250));
  EXPECT_EQ(RetryDelay(Overloaded("x", absl::InfiniteDuration())), absl::Hours(1));
  EXPECT_EQ(RetryDelay(Overloaded("x", -absl::Seconds(1))), absl::ZeroDuration());
}

TEST(ErrorsTest, DriverTextIsKeptApartFromTheMessage) {
  const absl::Status status = Internal("the evidence store", "constraint failed: judgement.id");
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("constraint")));
  EXPECT_EQ(PrivateDetail(status), "constraint failed: judgement.id");
  EXPECT_EQ(PrivateDetail(Internal("x")), "");
  EXPECT_EQ(WithPrivateDetail(absl::OkStatus(), "x"), absl::OkStatus());
}

TEST(ErrorsTest, AStatusOfAnotherLibraryHasNoReason) {
  EXPECT_EQ(Reason(absl::InternalError("x")), "");
  EXPECT_TRUE(Metadata(absl::InternalError("x")).empty());
  EXPECT_FALSE(RetryDelay(absl::InternalError("x")).has_value());
  EXPECT_TRUE(FieldViolations(absl::InternalError("x")).empty());
}

}  // namespace
}  // namespace assay::errors
