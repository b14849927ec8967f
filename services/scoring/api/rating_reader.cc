#include "services/scoring/api/rating_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "services/common/errors/errors.h"

namespace assay::scoring {
namespace {

// A key beside the first adds this to the budget of a look-up; an answer from the record takes
// longer.
constexpr absl::Duration kBudgetPerKey = absl::Microseconds(500);

// Under what name a view is kept. A moment of knowledge is part of the bytes, so it is part of the
// name.
std::string ViewName(const ReadQuery& query) {
  static constexpr const char* kNames[] = {"", "basic", "full", "explain"};
  std::string name = kNames[static_cast<int>(query.view)];
  if (query.known_at) absl::StrAppend(&name, "?known_at=", absl::ToUnixMicros(*query.known_at));
  return name;
}

SubjectRevision RevisionOf(std::int64_t counter) {
  return SubjectRevision::OfCounter(static_cast<std::uint64_t>(counter));
}

// The newest state of a location in its records; nullptr where the registry does not have it by
// `known`.
const evidence::v1::Location* LocationIn(const RecordedHistory& history, std::int64_t known) {
  const evidence::v1::Location* location = nullptr;
  for (std::size_t i = 0; i < history.records.size(); ++i) {
    if (history.counters[i] > known || !history.records[i].has_location()) continue;
    location = &history.records[i].location();
  }
  return location;
}

}  // namespace

// Queries on their way to an answer. Shared by whoever works on them now; one at a time does.
struct RatingReader::Batch {
  std::vector<ReadQuery> queries;
  std::vector<std::optional<ReadAnswer>> answers;
  std::vector<SubjectPosition> positions;
  std::uint64_t generation = 0;
  absl::Time deadline;
  Done done;

  std::vector<std::size_t> Open() const {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i]) open.push_back(i);
    }
    return open;
  }
  void Finish() {
    std::vector<ReadAnswer> all;
    all.reserve(answers.size());
    for (auto& answer : answers) {
      all.push_back(answer ? *std::move(answer)
                           : ReadAnswer(errors::Overloaded("reads", absl::Milliseconds(50))));
    }
    done(std::move(all));
  }
};

RatingReader::RatingReader(const Options& options, Book& book, L1Cache& l1, RatingCache& cache,
                           RecordReader& record, catalogue::ModelSource& models,
                           server::WorkPool& pool)
    : options_(options),
      book_(book),
      l1_(l1),
      cache_(cache),
      record_(record),
      models_(models),
      pool_(pool) {}

bool RatingReader::BookServes(const ReadQuery& query) const {
  if (!book_.ready()) return false;
  return query.at_least <= 0 || book_.ReachedIn(query.partition) >= query.at_least;
}

std::optional<ReadAnswer> RatingReader::TryRead(const ReadQuery& query) {
  return Try(query, options_.serve_from_book);
}

std::optional<ReadAnswer> RatingReader::TryKept(const ReadQuery& query) {
  return Try(query, /*may_render=*/false);
}

std::optional<ReadAnswer> RatingReader::Try(const ReadQuery& query, bool may_render) {
  const std::uint64_t epoch = book_.epoch();
  if (!BookServes(query)) return std::nullopt;
  std::optional<ReadAnswer> answer = AskBook(query, may_render);
  // A book that was emptied meanwhile, since the record was renewed, knows of no one's absence.
  if (!book_.ready() || book_.epoch() != epoch) return std::nullopt;
  return answer;
}

std::optional<ReadAnswer> RatingReader::AskBook(const ReadQuery& query, bool may_render) {
  const std::optional<std::int64_t> counter = book_.CounterOf(query.subject, query.partition);
  if (!counter) {
    return ReadAnswer(errors::NotFound(errors::ResourceType::kLocation, query.subject));
  }
  std::optional<ReadAnswer> near = FindNear(query, *counter);
  if (near || !may_render) return near;
  return RenderFromBook(query);
}

std::optional<ReadAnswer> RatingReader::FindNear(const ReadQuery& query, std::int64_t counter) {
  Buffer bytes = l1_.Find(query.subject, ViewName(query), query.day, RevisionOf(counter));
  if (bytes == nullptr) return std::nullopt;
  return ReadAnswer(std::move(bytes));
}

std::optional<ReadAnswer> RatingReader::RenderFromBook(const ReadQuery& query) {
  const std::uint64_t generation = l1_.generation();
  const std::uint64_t epoch = book_.epoch();
  absl::StatusOr<RenderedRating> rendered =
      book_.Render(query.subject, query.day, query.known_at, query.view);
  if (absl::IsOutOfRange(rendered.status())) return std::nullopt;
  if (!rendered.ok()) return ReadAnswer(rendered.status());
  SubjectPosition position;
  position.epoch = epoch;
  position.partition = rendered->partition;
  position.counter = rendered->subject_counter;
  auto bytes = std::make_shared<const std::string>(std::move(rendered->bytes));
  // With a moment of knowledge the rating rests on an older change than the newest, under which it
  // would be looked for; the book is near enough then. Nor is it kept where the record was renewed
  // meanwhile: whose epoch the bytes belong to is not known.
  if (!query.known_at && book_.epoch() == epoch) {
    Keep(query, generation, KeyOf(query, position), *std::move(rendered), bytes);
  }
  return ReadAnswer(std::move(bytes));
}

void RatingReader::Keep(const ReadQuery& query, std::uint64_t generation, const CacheKey& key,
                        RenderedRating&& rendered, const Buffer& bytes) {
  l1_.Insert(generation, query.subject, ViewName(query),
             {rendered.from.value_or(clock::Day::Min()), rendered.before, key.revision, bytes});
  cache_.Put(key, bytes);
}

CacheKey RatingReader::KeyOf(const ReadQuery& query, const SubjectPosition& position) const {
  CacheKey key;
  key.partition = position.partition;
  key.epoch = absl::StrFormat("%016x", position.epoch);
  key.render_version = kRenderVersion;
  key.model_digest = book_.models_digest();
  key.subject = query.subject;
  key.view = ViewName(query);
  key.revision = RevisionOf(position.counter);
  key.valid_from = query.day;
  return key;
}

void RatingReader::Read(std::vector<ReadQuery> queries, absl::Time deadline, Done done) {
  auto batch = std::make_shared<Batch>();
  batch->answers.resize(queries.size());
  batch->positions.resize(queries.size());
  batch->queries = std::move(queries);
  batch->deadline = deadline;
  batch->done = std::move(done);
  batch->generation = l1_.generation();
  const bool admitted = pool_.Submit([this, batch] {
    Locate(*batch);
    AskCache(batch);
  });
  if (!admitted) batch->Finish();
}

void RatingReader::Locate(Batch& batch) {
  for (std::size_t i = 0; i < batch.queries.size(); ++i) {
    const ReadQuery& query = batch.queries[i];
    batch.answers[i] = TryRead(query);
    if (batch.answers[i]) continue;
    SubjectPosition& position = batch.positions[i];
    if (BookServes(query)) {
      const std::optional<std::int64_t> counter = book_.CounterOf(query.subject, query.partition);
      if (!counter) {
        batch.answers[i] = errors::NotFound(errors::ResourceType::kLocation, query.subject);
        continue;
      }
      position = {book_.epoch(), query.partition, *counter};
      continue;
    }
    absl::StatusOr<SubjectPosition> asked = record_.PositionOf(query.subject, batch.deadline);
    if (!asked.ok()) {
      batch.answers[i] = asked.status();
    } else if (asked->counter == 0) {
      batch.answers[i] = errors::NotFound(errors::ResourceType::kLocation, query.subject);
    } else {
      position = *asked;
      // What this process keeps is of the book's record.
      if (position.epoch == book_.epoch()) batch.answers[i] = FindNear(query, position.counter);
    }
  }
}

void RatingReader::AskCache(std::shared_ptr<Batch> batch) {
  const std::vector<std::size_t> open = batch->Open();
  if (open.empty()) return batch->Finish();
  if (options_.cache_budget <= absl::ZeroDuration()) return AskRecord(batch);
  std::vector<CacheKey> keys;
  keys.reserve(open.size());
  for (const std::size_t i : open) keys.push_back(KeyOf(batch->queries[i], batch->positions[i]));
  // What is not found costs calls to the record, so many keys are worth a longer wait.
  const absl::Duration budget =
      options_.cache_budget + kBudgetPerKey * static_cast<std::int64_t>(keys.size() - 1);
  cache_.GetMany(keys, budget,
                 [this, batch, open, keys](std::vector<std::optional<std::string>> values) {
                   for (std::size_t k = 0; k < open.size(); ++k) {
                     if (!values[k]) continue;
                     const ReadQuery& query = batch->queries[open[k]];
                     auto bytes = std::make_shared<const std::string>(*std::move(values[k]));
                     // The cache does not say how long the bytes hold: for the day asked they do.
                     l1_.Insert(batch->generation, query.subject, keys[k].view,
                                {query.day, query.day.Plus(1), keys[k].revision, bytes});
                     batch->answers[open[k]] = ReadAnswer(std::move(bytes));
                   }
                   if (batch->Open().empty()) return batch->Finish();
                   // This is the cache's own thread: whatever blocks goes back to the pool.
                   if (!pool_.SubmitContinuation([this, batch] { AskRecord(batch); }))
                     batch->Finish();
                 });
}

void RatingReader::AskRecord(const std::shared_ptr<Batch>& batch) {
  for (const std::size_t i : batch->Open()) {
    batch->answers[i] = RenderFromRecord(batch->queries[i], batch->positions[i], batch->deadline);
  }
  batch->Finish();
}

ReadAnswer RatingReader::RenderFromRecord(const ReadQuery& query, const SubjectPosition& position,
                                          absl::Time deadline) {
  const std::uint64_t generation = l1_.generation();
  absl::StatusOr<RecordedHistory> recorded =
      record_.HistoryOf(query.subject, query.known_at, deadline);
  if (!recorded.ok()) return recorded.status();
  model::ModelSet models = book_.models();
  model::SubjectHistory history(query.subject);
  std::int64_t known = query.known_at ? 0 : model::kEverything;
  std::int64_t before = 0;
  for (std::size_t i = 0; i < recorded->records.size(); ++i) {
    const evidence::v1::Record& record = recorded->records[i];
    const std::string version = VersionOf(record);
    if (!version.empty() && models.IndexOf(version) < 0) {
      auto model = models_.Find(version);
      // The text of its transport is for the log.
      if (!model.ok()) {
        return errors::DependencyUnavailable("framework", model.status().message());
      }
      absl::Status added = book_.AddModel(*std::move(model));
      if (!added.ok()) return added;
      models = book_.models();
    }
    absl::Status appended = history.Append(record, recorded->counters[i], models);
    if (!appended.ok()) return errors::Corrupt(query.subject, appended.message());
    // A kind of record that does not say when it was recorded must not bring later ones with it.
    if (query.known_at && known == before && RecordedAt(record) <= *query.known_at) {
      known = recorded->counters[i];
    }
    before = recorded->counters[i];
  }
  const evidence::v1::Location* location = LocationIn(*recorded, known);
  if (location == nullptr) return errors::NotFound(errors::ResourceType::kLocation, query.subject);
  Renderer renderer;
  absl::StatusOr<RenderedRating> rendered = renderer.Render(
      models, {&history, location, recorded->position.partition, recorded->chain_head}, query.day,
      known, query.known_at, query.view);
  if (!rendered.ok()) return rendered.status();
  auto bytes = std::make_shared<const std::string>(std::move(rendered->bytes));
  // What was known at a moment is looked for under the newest change, as all else.
  Keep(query, generation, KeyOf(query, query.known_at ? position : recorded->position),
       *std::move(rendered), bytes);
  return bytes;
}

}  // namespace assay::scoring
