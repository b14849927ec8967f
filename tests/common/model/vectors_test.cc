// The engine against vectors made by an independent implementation, under the shipped versions.
// Skipped where the shared data is absent.
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

#include "services/common/model/program.h"
#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

constexpr char kLetters[] = " IRGO";

std::string Letter(int level) { return level == 0 ? "" : std::string(1, kLetters[level]); }

std::string Number(int value) { return value <= 0 ? "" : absl::StrCat(value); }

std::shared_ptr<const CompiledModel> Saf() {
  static const auto model = MustCompile(LoadShipped("cqc-saf@2024-12"));
  return model;
}

#define SKIP_IF_ABSENT(rows) \
  if ((rows).empty()) GTEST_SKIP() << "the shared vectors are not here"

TEST(Vectors, EveryCombinationOfScoresOfAKeyQuestion) {
  const auto rows = ReadShared("vectors/kq_combinations.csv");
  SKIP_IF_ABSENT(rows);
  // The rows go up to nine statements, one more than a key question has.
  framework::v1::FrameworkVersion version = LoadShipped("cqc-saf@2024-12");
  auto& ninth = *version.add_items();
  ninth = version.items(0);
  ninth.set_id("safe.ninth");
  const auto compiled = MustCompile(version);
  const CompiledModel& model = *compiled;
  const auto& ladder =
      model.program().ladders[static_cast<std::size_t>(model.LadderById("location"))];
  const StageProgram* stage = nullptr;
  for (const StageProgram& candidate : ladder.stages) {
    if (candidate.closed == ClosedAxis::kGroup) stage = &candidate;
  }
  ASSERT_NE(stage, nullptr);
  for (const Row& row : rows) {
    const int n = std::stoi(row.at("n"));
    ASSERT_LE(n, stage->percent.max_inputs);
    std::int64_t multisets[2] = {};
    std::int64_t vectors[2] = {};
    std::vector<int> scores(static_cast<std::size_t>(n), 1);
    const auto visit = [&] {
      int sum = 0;
      int counts[5] = {};
      for (int score : scores) {
        sum += score;
        ++counts[score];
      }
      std::int64_t orders = 1;
      int placed = 0;
      for (int count : counts) {
        for (int i = 1; i <= count; ++i) orders = orders * ++placed / i;
      }
      const PercentEntry* entry = stage->percent.Find(n, sum, static_cast<Level>(scores[0]));
      const Level levels[2] = {entry->result, entry->method};
      for (int i = 0; i < 2; ++i) {
        if (absl::AsciiStrToUpper(absl::StrReplaceAll(
                model.version().scoring_model().scales(stage->scale).levels(levels[i] - 1).id(),
                {{"-", "_"}})) != row.at("rating")) {
          continue;
        }
        ++multisets[i];
        vectors[i] += orders;
      }
    };
    // Every rising vector once.
    for (;;) {
      visit();
      int i = n - 1;
      while (i >= 0 && scores[static_cast<std::size_t>(i)] == 4) --i;
      if (i < 0) break;
      const int next = scores[static_cast<std::size_t>(i)] + 1;
      for (; i < n; ++i) scores[static_cast<std::size_t>(i)] = next;
    }
    EXPECT_EQ(absl::StrCat(multisets[0]), row.at("multisets")) << n << row.at("rating");
    EXPECT_EQ(absl::StrCat(vectors[0]), row.at("vectors")) << n << row.at("rating");
    EXPECT_EQ(absl::StrCat(multisets[1]), row.at("multisets_without_limiters"));
    EXPECT_EQ(absl::StrCat(vectors[1]), row.at("vectors_without_limiters"));
  }
}

TEST(Vectors, EveryCountOfRatingsOverall) {
  const auto rows = ReadShared("vectors/overall_counts.csv");
  SKIP_IF_ABSENT(rows);
  for (const char* version : {"cqc-saf@2024-12", "cqc-kloe@2017-11"}) {
    const auto model = MustCompile(LoadShipped(version));
    for (const Row& row : rows) {
      Subject subject({model});
      int group = 0;
      for (const char* letter : {"O", "G", "R", "I"}) {
        const int level = static_cast<int>(std::string(kLetters).find(letter));
        for (int i = std::stoi(row.at(letter)); i > 0; --i) {
          subject.Judge(model->version().groups(group++).id(), level);
        }
      }
      subject.Rate();
      EXPECT_EQ(Letter(subject.Overall()), row.at("overall"));
      if (row.at("rule").empty()) {
        EXPECT_EQ(subject.Reason(), "no-judgements");
      } else {
        EXPECT_EQ(subject.Rule(), row.at("rule"));
      }
    }
  }
}

TEST(Vectors, Locations) {
  const auto scores = ReadShared("vectors/locations_scores.csv");
  SKIP_IF_ABSENT(scores);
  const auto truths = ReadShared("vectors/locations_truth.csv");
  ASSERT_EQ(scores.size(), truths.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const Row& truth = truths[i];
    SCOPED_TRACE(truth.at("id"));
    ASSERT_EQ(scores[i].at("id"), truth.at("id"));
    Subject subject({Saf()});
    subject.Sector(truth.at("sector"));
    for (const auto& [column, cell] : scores[i]) {
      if (column != "id" && !cell.empty()) subject.Judge(column, std::stoi(cell));
    }
    const Evaluation& rated = subject.Rate();
    for (const auto& group : Saf()->version().groups()) {
      const NodeResult& node = subject.At(group.id());
      EXPECT_EQ(absl::StrCat(node.rated), truth.at(group.id() + "_n"));
      EXPECT_EQ(Number(node.numerator), Number(std::atoi(truth.at(group.id() + "_sum").c_str())));
      EXPECT_EQ(Number(node.percent), truth.at(group.id() + "_percent"));
      EXPECT_EQ(Letter(node.level), truth.at(group.id()));
      EXPECT_EQ(LimiterOf(rated, node).empty(), truth.at(group.id() + "_limiter").empty());
      EXPECT_EQ(Letter(node.method_level), truth.at(group.id() + "_without_limiter"));
    }
    EXPECT_EQ(Letter(subject.Overall()), truth.at("overall"));
    EXPECT_EQ(subject.Rule(), truth.at("rule"));
    EXPECT_EQ(Letter(OverallWithoutCaps(rated, subject.state())),
              truth.at("overall_without_limiters"));
    // `well-led:G;safe:R`: the overall without each limiter that bound.
    auto derivation = Derive(rated, subject.state());
    ASSERT_TRUE(derivation.ok()) << derivation.status();
    std::map<std::string, std::string> without;
    for (const auto& step : derivation->steps()) {
      for (const auto& cap : step.caps()) {
        if (cap.bound()) without[step.node().group()] = Letter(cap.overall_without().level());
      }
    }
    std::string listed;
    for (const auto& group : Saf()->version().groups()) {
      if (without.count(group.id()) == 0) continue;
      absl::StrAppend(&listed, listed.empty() ? "" : ";", group.id(), ":", without[group.id()]);
    }
    EXPECT_EQ(listed, truth.at("overall_without_each_limiter"));
  }
}

TEST(Vectors, EvidenceCategories) {
  const auto scores = ReadShared("vectors/category_scores.csv");
  SKIP_IF_ABSENT(scores);
  const auto truths = ReadShared("vectors/category_truth.csv");
  ASSERT_EQ(scores.size(), truths.size());
  const auto model = MustCompile(LoadShipped("cqc-saf@2023-11"));
  const auto before = MustCompile(LoadShipped("cqc-kloe@2017-11"));
  ASSERT_EQ(model->version().categories_size(), 6);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const Row& truth = truths[i];
    SCOPED_TRACE(truth.at("id"));
    Subject subject({model, before});
    subject.Sector(scores[i].at("sector"));
    for (const auto& group : model->version().groups()) {
      const std::string& cell = scores[i].at("previous_" + group.id());
      if (cell.empty()) continue;
      subject.Judge(group.id(), static_cast<int>(std::string(kLetters).find(cell)), "2019-01-01",
                    Status::kAssessed, 1);
    }
    for (const auto& item : model->version().items()) {
      const std::string& cell = scores[i].at(item.id());
      for (int c = 0; c < 6 && cell.size() >= 6; ++c) {
        const char score = cell[static_cast<std::size_t>(c)];
        if (score == '-') continue;
        subject.Judge(absl::StrCat(item.id(), "/", model->version().categories(c).id()),
                      score - '0');
      }
      if (cell.size() == 8) subject.Judge(item.id(), cell[7] - '0');
    }
    const Evaluation& rated = subject.Rate();
    for (const auto& item : model->version().items()) {
      const NodeResult& node = subject.At(item.id());
      const std::string got =
          absl::StrCat(Number(node.level), node.previous >= 0 || node.given ? "c" : "");
      EXPECT_EQ(got, truth.at(item.id())) << item.id() << " " << scores[i].at(item.id());
    }
    for (const auto& group : model->version().groups()) {
      const NodeResult& node = subject.At(group.id());
      EXPECT_EQ(absl::StrCat(node.rated), truth.at(group.id() + "_n"));
      EXPECT_EQ(Number(node.percent), truth.at(group.id() + "_percent"));
      EXPECT_EQ(Letter(node.level), truth.at(group.id()));
      EXPECT_EQ(LimiterOf(rated, node).empty(), truth.at(group.id() + "_limiter").empty());
    }
    EXPECT_EQ(Letter(subject.Overall()), truth.at("overall"));
    EXPECT_EQ(subject.Rule(), truth.at("rule"));
  }
}

}  // namespace
}  // namespace assay::model
