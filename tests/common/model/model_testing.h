// What the tests of the rating engine share: versions from text, subjects from a few words, the
// shipped catalogue and the shared vectors. For tests only; failures end the test by ADD_FAILURE or
// abort.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/model/derive.h"
#include "services/common/model/fold.h"
#include "services/common/model/history.h"
#include "services/common/model/model.h"
#include "services/common/model/rate.h"

namespace assay::model {

framework::v1::FrameworkVersion ParseVersion(absl::string_view text);
std::shared_ptr<const CompiledModel> MustCompile(const framework::v1::FrameworkVersion& version);
// A version of services/framework/catalogue by its file name without `.txtpb`.
framework::v1::FrameworkVersion LoadShipped(absl::string_view name);
// The same of tests/framework/frameworks, where methods lie that are not shipped.
framework::v1::FrameworkVersion LoadTestFramework(absl::string_view name);
// The names of all of them.
std::vector<std::string> ShippedNames();

// Small methods written by hand, as text; each test may change the message before it compiles it.
framework::v1::FrameworkVersion SmallScores();  // scores, bands, both limiters, actions, services
framework::v1::FrameworkVersion
SmallJudged();  // group judgements, an entered node, hospital stages
framework::v1::FrameworkVersion SmallAuthority();   // nine scores, all required, no limiters
framework::v1::FrameworkVersion SmallCategories();  // categories, held scores, previous ratings
framework::v1::FrameworkVersion SmallStars();       // cms-nursing-home@2021: by adjustments

Day D(absl::string_view text);

// One subject under a few versions. Records get rising counters.
class Subject {
 public:
  explicit Subject(const std::vector<std::shared_ptr<const CompiledModel>>& models,
                   absl::string_view name = "locations/1-1");

  // Notes an outcome at a place written `safe`, `safe.one`, `safe.one/observation`, `` (the whole),
  // `#stage` (the whole at that stage), each perhaps after `service:`, and that after `location|`;
  // in the first version unless `version` says another.
  Subject& Judge(absl::string_view node, int level, absl::string_view day = "2025-01-01",
                 Status status = Status::kAssessed, int version = 0);
  Subject& NotRated(absl::string_view node, absl::string_view reason,
                    absl::string_view day = "2025-01-01");
  Subject& Open(int kind, absl::string_view regulation, absl::string_view opened = "2024-01-01",
                absl::string_view closed = "", absl::string_view service = "");
  Subject& Sector(absl::string_view sector, std::vector<FlagEntry> flags = {});

  Entry MakeEntry(absl::string_view node, absl::string_view day, int version);
  SubjectHistory& history() { return history_; }
  const ModelSet& models() const { return models_; }
  std::int64_t counter() const { return counter_; }

  // Folds and rates; the state and the evaluation live in the subject until the next call.
  const Evaluation& Rate(absl::string_view day = "2025-06-01", std::int64_t known = kEverything);
  const State& state() const { return state_; }
  // Outcomes of the last Rate (nothing where no ladder was climbed): the level at a node of the
  // ladder's last stage of that shape.
  const NodeResult& At(absl::string_view node) const;
  int LevelAt(absl::string_view node) const { return At(node).level; }
  int Overall() const;
  std::string Rule() const;
  std::string Reason() const;

 private:
  ModelSet models_;
  SubjectHistory history_;
  State state_;
  Evaluation evaluation_;
  Scratch scratch_;
  std::int64_t counter_ = 0;
};

// Rows of a file under the shared data as column -> cell; empty where the file is absent.
using Row = std::map<std::string, std::string>;
std::vector<Row> ReadShared(absl::string_view path);

}  // namespace assay::model
