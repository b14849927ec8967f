// Answers with rendered ratings from the nearest place that has them (decision 7): this process's
// memory, the book, the shared cache, and at last the record itself. Whichever answers, the bytes
// are the same, because each is asked for exactly the newest revision of the subject.
//
// Thread safety: all methods may be called from any thread. Ownership: borrows everything; made by
// the composition root. Cost: TryRead is a look-up, or a rating (about 50 us) from the book; Read
// adds a Redis round trip or two calls to the evidence service.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/common/catalogue/model_source.h"
#include "services/common/clock/day.h"
#include "services/common/names/partition.h"
#include "services/common/server/work_pool.h"
#include "services/scoring/api/record_reader.h"
#include "services/scoring/book/book.h"
#include "services/scoring/cache/l1/l1_cache.h"
#include "services/scoring/cache/rating_cache.h"

namespace assay::scoring {

struct ReadQuery {
  std::string subject;             // `locations/1-102`
  names::Partition partition = 0;  // the subject's
  clock::Day day;
  std::optional<absl::Time> known_at;
  View view = View::kBasic;
  // The counter of the subject's partition that the answer must rest on; 0: any.
  std::int64_t at_least = 0;
};

// The message's bytes, or why there are none: NOT_FOUND, UNAVAILABLE.
using ReadAnswer = absl::StatusOr<Buffer>;

class RatingReader {
 public:
  struct Options {
    // False: the book only says which revision is newest, and the shared cache or the record
    // answers.
    bool serve_from_book = true;
    // How long the shared cache may take. 0: it is not asked.
    absl::Duration cache_budget = RatingCache::kDefaultBudget;
  };
  using Done = std::function<void(std::vector<ReadAnswer>)>;

  RatingReader(const Options& options, Book& book, L1Cache& l1, RatingCache& cache,
               RecordReader& record, catalogue::ModelSource& models, server::WorkPool& pool);
  RatingReader(const RatingReader&) = delete;
  RatingReader& operator=(const RatingReader&) = delete;

  // Answers where that needs no waiting.
  std::optional<ReadAnswer> TryRead(const ReadQuery& query);

  // Answers where that needs neither waiting nor rendering: for many at once.
  std::optional<ReadAnswer> TryKept(const ReadQuery& query);

  // Answers every query, in order, through `done`: once, from any thread. UNAVAILABLE for what
  // cannot be had by `deadline`; RESOURCE_EXHAUSTED where the pool is full.
  void Read(std::vector<ReadQuery> queries, absl::Time deadline, Done done);

 private:
  struct Batch;

  // Whether the book may answer: it is ready, and has come as far as the query wants.
  bool BookServes(const ReadQuery& query) const;
  std::optional<ReadAnswer> Try(const ReadQuery& query, bool may_render);
  std::optional<ReadAnswer> AskBook(const ReadQuery& query, bool may_render);
  std::optional<ReadAnswer> FindNear(const ReadQuery& query, std::int64_t counter);
  // Nothing where the book does not reach back to the moment that is asked for.
  std::optional<ReadAnswer> RenderFromBook(const ReadQuery& query);
  ReadAnswer RenderFromRecord(const ReadQuery& query, const SubjectPosition& position,
                              absl::Time deadline);
  void Locate(Batch& batch);
  void AskCache(std::shared_ptr<Batch> batch);
  void AskRecord(const std::shared_ptr<Batch>& batch);
  void Keep(const ReadQuery& query, std::uint64_t generation, const CacheKey& key,
            RenderedRating&& rendered, const Buffer& bytes);
  CacheKey KeyOf(const ReadQuery& query, const SubjectPosition& position) const;

  const Options options_;
  Book& book_;
  L1Cache& l1_;
  RatingCache& cache_;
  RecordReader& record_;
  catalogue::ModelSource& models_;
  server::WorkPool& pool_;
};

}  // namespace assay::scoring
