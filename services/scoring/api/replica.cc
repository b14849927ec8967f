#include "services/scoring/api/replica.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "services/common/catalogue/remote_model_source.h"
#include "services/common/clock/clock.h"
#include "services/common/clock/day.h"
#include "services/common/server/client_channel.h"
#include "services/common/server/connection_health.h"
#include "services/scoring/api/area_api.h"
#include "services/scoring/api/cache_metrics.h"
#include "services/scoring/api/rating_api.h"
#include "services/scoring/api/unbuilt_api.h"
#include "services/scoring/cache/l1/l1_cache.h"
#include "services/scoring/cache/no_rating_cache.h"
#include "services/scoring/cache/redis/endpoint.h"
#include "services/scoring/cache/redis/nodes.h"
#include "services/scoring/cache/redis/redis_rating_cache.h"
#include "services/scoring/cache/redis/secret.h"
#include "services/scoring/feed/evidence_client.h"
#include "services/scoring/feed/feed_follower.h"

namespace assay::scoring {
namespace {

absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelTo(const std::string& address,
                                                         const config::ClientTls& client) {
  server::ChannelOptions options;
  options.address = address;
  options.tls = client.files;
  options.server_name = client.server_name;
  options.user_agent = "assay-scoring";
  return server::MakeChannel(options);
}

absl::StatusOr<std::unique_ptr<RatingCache>> MakeCache(const ReplicaOptions& options) {
  if (options.redis_address.empty()) return std::make_unique<NoRatingCache>();
  absl::StatusOr<redis::Endpoint> endpoint =
      redis::ParseEndpoint("--redis-address", options.redis_address);
  if (!endpoint.ok()) return endpoint.status();
  redis::RedisOptions settings;
  absl::StatusOr<std::string> secret =
      redis::LoadCacheKey(*endpoint, options.cache_key_file, options.state_directory);
  if (!secret.ok()) return secret.status();
  settings.secret = *std::move(secret);
  if (!options.redis_password_file.empty()) {
    absl::StatusOr<std::string> password =
        redis::ReadSecretFile("--redis-password-file", options.redis_password_file);
    if (!password.ok()) return password.status();
    settings.password = *std::move(password);
  }
  auto cache = redis::RedisRatingCache::Create(
      std::move(settings), std::make_unique<redis::SingleNode>(*std::move(endpoint)));
  if (!cache.ok()) return cache.status();
  return std::unique_ptr<RatingCache>(*std::move(cache));
}

// Calls something every second on a thread of its own, until it goes.
class Ticker {
 public:
  explicit Ticker(std::function<void()> tick)
      : thread_([this, tick = std::move(tick)] {
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
            tick();
          }
        }) {}
  ~Ticker() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

void AddReplicaOptions(config::Options* options, ReplicaOptions* replica) {
  options->Text("--evidence-address", &replica->evidence_address,
                "host:port or unix:path of the evidence service");
  options->Text("--framework-address", &replica->framework_address,
                "host:port or unix:path of the framework service");
  config::AddClientOptions(options, &replica->client);
  options->Text("--redis-address", &replica->redis_address,
                "host:port or unix:/path of Redis; empty: no shared cache");
  options->Text("--cache-key-file", &replica->cache_key_file,
                "file with the key that seals cached values, the same for all replicas; empty: "
                "made in --state-directory, for a Redis on this machine");
  options->Text("--redis-password-file", &replica->redis_password_file,
                "file with Redis' password; empty: none");
  options->Text("--state-directory", &replica->state_directory,
                "folder of the key that is made where none is given");
  options->Bytes("--l1-bytes", &replica->l1_bytes, 0, std::int64_t{64} << 30,
                 "rendered ratings kept in this process; 0: none");
  options->Duration("--cache-budget", &replica->cache_budget, absl::ZeroDuration(),
                    absl::Seconds(1),
                    "longest that a look-up in Redis may take; 0: it is written and never asked");
  options->Switch("--bypass-book", &replica->bypass_book,
                  "do not answer from the book, only from Redis and the record: for measuring");
  options->Number("--heavy-threads", &replica->heavy_threads, 1, 64,
                  "threads for questions about whole areas");
}

// In the order in which they are built; they go in the opposite one.
struct Replica::Parts {
  Parts(const ReplicaOptions& given, server::ServerRunner& its_runner, clock::LondonCalendar london)
      : options(given), runner(its_runner), calendar(london) {}

  const ReplicaOptions options;
  server::ServerRunner& runner;
  const clock::SystemClock clock;
  const clock::LondonCalendar calendar;
  const Today today{clock, calendar};
  WatchHub hub;
  Book book{today, hub};
  RevisionGate gate;
  std::unique_ptr<L1Cache> l1;
  std::unique_ptr<RatingCache> cache;
  std::shared_ptr<grpc::Channel> framework;
  std::unique_ptr<catalogue::ModelSource> models;
  std::unique_ptr<EvidenceClient> record;
  std::unique_ptr<server::WorkPool> heavy;
  std::unique_ptr<RatingReader> reader;
  std::unique_ptr<FeedFollower> follower;
  std::unique_ptr<RatingApi> ratings;
  std::unique_ptr<AreaApi> areas;
  std::unique_ptr<WhatIfApi> what_if;
  std::unique_ptr<RerateApi> rerate;
  std::unique_ptr<Ticker> day_turner;
};

Replica::Replica(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Replica::~Replica() { Stop(); }

absl::StatusOr<std::unique_ptr<Replica>> Replica::Create(const ReplicaOptions& options,
                                                         server::ServerRunner& runner) {
  absl::StatusOr<clock::LondonCalendar> calendar = clock::LondonCalendar::Load();
  if (!calendar.ok()) return calendar.status();
  auto evidence = ChannelTo(options.evidence_address, options.client);
  if (!evidence.ok()) return evidence.status();
  auto framework = ChannelTo(options.framework_address, options.client);
  if (!framework.ok()) return framework.status();
  auto cache = MakeCache(options);
  if (!cache.ok()) return cache.status();

  auto parts = std::make_unique<Parts>(options, runner, *std::move(calendar));
  L1Cache::Options l1;
  l1.max_bytes = static_cast<std::size_t>(options.l1_bytes);
  parts->l1 = std::make_unique<L1Cache>(l1);
  parts->cache = *std::move(cache);
  parts->framework = *framework;
  parts->models = std::make_unique<catalogue::RemoteModelSource>(*framework);
  parts->record = std::make_unique<EvidenceClient>(*evidence);
  server::WorkPoolOptions heavy;
  heavy.name = "questions about areas";
  heavy.threads = static_cast<std::size_t>(options.heavy_threads);
  parts->heavy = std::make_unique<server::WorkPool>(heavy);
  RatingReader::Options reading;
  reading.serve_from_book = !options.bypass_book;
  reading.cache_budget = options.cache_budget;
  parts->reader = std::make_unique<RatingReader>(reading, parts->book, *parts->l1, *parts->cache,
                                                 *parts->record, *parts->models, *runner.pool());
  parts->follower = std::make_unique<FeedFollower>(
      FeedFollower::Options(), *evidence, parts->book, parts->gate, *parts->models, runner.log(),
      [l1 = parts->l1.get()] { l1->StartGeneration(); });

  Serving serving;
  serving.book = &parts->book;
  serving.gate = &parts->gate;
  serving.hub = &parts->hub;
  serving.reader = parts->reader.get();
  serving.today = &parts->today;
  serving.heavy = parts->heavy.get();
  parts->ratings = std::make_unique<RatingApi>(runner.calls(), serving);
  parts->areas = std::make_unique<AreaApi>(runner.calls(), serving);
  parts->what_if = std::make_unique<WhatIfApi>(runner.calls());
  parts->rerate = std::make_unique<RerateApi>(runner.calls());
  return std::unique_ptr<Replica>(new Replica(std::move(parts)));
}

void Replica::Start() {
  Parts& parts = *parts_;
  parts.runner.AddService(parts.ratings.get(), v1::RatingService::service_full_name(),
                          RatingApi::RawMethods());
  parts.runner.AddService(parts.areas.get(), v1::AreaService::service_full_name());
  parts.runner.AddService(parts.what_if.get(), v1::WhatIfService::service_full_name());
  parts.runner.AddService(parts.rerate.get(), v1::RerateService::service_full_name());
  // None is required: while one is down, the others answer what they can.
  parts.runner.AddDependency(
      {"evidence", false, [&parts] { return parts.follower->RecordHealth(); }});
  parts.runner.AddDependency({"framework", false, [&parts] {
                                const absl::Status connected =
                                    server::ConnectionHealth(*parts.framework, "framework");
                                return connected.ok() ? parts.follower->ModelsHealth() : connected;
                              }});
  parts.runner.AddDependency({"redis", false, [&parts] { return parts.cache->Health(); }});
  parts.runner.AddMetrics(std::make_shared<CacheMetrics>(*parts.l1, *parts.cache));
  parts.follower->Start();
  parts.day_turner = std::make_unique<Ticker>([&parts] { parts.book.TurnDay(); });
}

void Replica::Stop() {
  if (parts_ == nullptr) return;
  parts_->day_turner.reset();
  parts_->follower->Stop();
  parts_->heavy->Shutdown();
}

}  // namespace assay::scoring
