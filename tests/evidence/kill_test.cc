// Nothing acknowledged is lost: the real server is killed by SIGKILL under load, again and again,
// and then every acknowledged batch is there whole, no partition has a gap, every chain of leaves
// holds, and the feed gave each change once. What was answered with an error or with nothing is
// wholly there or wholly absent, and its request ids tell which. The same where PostgreSQL itself
// is killed, and where its synchronous standby takes over.
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "assay/evidence/v1/change_service.grpc.pb.h"
#include "assay/evidence/v1/record_service.grpc.pb.h"
#include "services/common/server/client_channel.h"
#include "services/evidence/core/leaf.h"
#include "services/evidence/storage/open_record_store.h"
#include "tests/common/testing/postgres_server.h"
#include "tests/evidence/storage/postgresql/postgresql_testing.h"
#include "tests/evidence/storage/store_testing.h"

extern char** environ;

namespace assay::evidence {
namespace {

constexpr int kWritesInABatch = 5;

// The server as a child, from its ready line on.
class Child {
 public:
  // `key`: the file of its signing key.
  Child(const std::string& store, const std::string& key) {
    const char* bin = std::getenv("ASSAY_BIN_DIR");
    std::vector<std::string> arguments = {
        absl::StrCat(bin == nullptr ? "build/dev/bin" : bin, "/assay-evidence"),
        "--listen-address=127.0.0.1:0",
        "--metrics-address=",
        "--log-level=off",
        absl::StrCat("--store=", store),
        absl::StrCat("--ledger-key=", key)};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int out[2];
    EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    EXPECT_EQ(posix_spawn(&pid_, argv[0], &files, nullptr, argv.data(), environ), 0) << argv[0];
    posix_spawn_file_actions_destroy(&files);
    close(out[1]);
    std::string line;
    for (char c = 0; read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    close(out[0]);
    const nlohmann::json ready = nlohmann::json::parse(line, nullptr, false);
    EXPECT_FALSE(ready.is_discarded()) << "not ready: " << line;
    if (!ready.is_discarded()) address_ = ready.value("listen", "");
  }
  ~Child() { Kill(); }

  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
  }

  std::shared_ptr<grpc::Channel> Channel() const {
    server::ChannelOptions options;
    options.address = address_;
    return server::MakeChannel(options).value();
  }

 private:
  pid_t pid_ = -1;
  std::string address_;
};

// What the writers sent and what became of it, by batch id.
struct Sent {
  std::mutex mutex;
  std::set<std::string> acknowledged;
  // Answered with an error, or not at all.
  std::set<std::string> unknown;
  std::condition_variable more;

  void Acknowledge(const std::string& id) {
    const std::lock_guard<std::mutex> lock(mutex);
    unknown.erase(id);
    acknowledged.insert(id);
    more.notify_all();
  }
  // Until so many more than now are acknowledged.
  void AwaitMore(size_t count) {
    std::unique_lock<std::mutex> lock(mutex);
    const size_t wanted = acknowledged.size() + count;
    more.wait(lock, [&] { return acknowledged.size() >= wanted; });
  }
  void Send(const std::string& id) {
    const std::lock_guard<std::mutex> lock(mutex);
    unknown.insert(id);
  }
};

// The same id each time for the same write of the same batch.
std::string RequestIdOf(const std::string& id, int write) {
  const std::string hex = digest::Sha256(absl::StrCat(id, "#", write)).ToHex();
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-7", hex.substr(13, 3), "-8",
                      hex.substr(17, 3), "-", hex.substr(20, 12));
}

v1::IngestRecordsRequest BatchOf(const std::string& id, int64_t sequence) {
  v1::IngestRecordsRequest request;
  request.set_sequence(sequence);
  const std::string name = absl::StrCat("locations/", id);
  auto* upsert = request.add_writes()->mutable_location();
  upsert->set_request_id(RequestIdOf(id, 0));
  upsert->mutable_location()->set_name(name);
  upsert->mutable_location()->set_provider("providers/1-101");
  for (int write = 1; write < kWritesInABatch; ++write) {
    v1::CreateRegulatoryActionRequest* action = request.add_writes()->mutable_action();
    action->set_parent(name);
    action->set_request_id(RequestIdOf(id, write));
    action->mutable_action()->set_kind(v1::REGULATORY_ACTION_KIND_BREACH);
    action->mutable_action()->mutable_opened()->set_year(2025);
    action->mutable_action()->mutable_opened()->set_month(1);
    action->mutable_action()->mutable_opened()->set_day(write);
  }
  return request;
}

// Sends batches over one stream, four of them unanswered at the most, until the server is gone or
// `stop` is set.
void WriteUntilGone(const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
                    const std::atomic<bool>& stop, Sent& sent) {
  const auto stub = v1::RecordService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(120));
  const auto stream = stub->IngestRecords(&context);
  const auto id = [&](int64_t sequence) { return absl::StrCat(prefix, "-", sequence); };
  bool alive = true;
  for (int64_t sequence = 1; alive && !stop; ++sequence) {
    sent.Send(id(sequence));
    alive = stream->Write(BatchOf(id(sequence), sequence));
    if (sequence <= 4) continue;
    v1::IngestRecordsResponse answer;
    alive = alive && stream->Read(&answer);
    if (alive && answer.status().code() == 0) sent.Acknowledge(id(answer.sequence()));
  }
  if (alive) stream->WritesDone();
  for (v1::IngestRecordsResponse answer; stream->Read(&answer);) {
    if (answer.status().code() == 0) sent.Acknowledge(id(answer.sequence()));
  }
  stream->Finish();
}

// A follower that outlives the servers: it resumes from its last checkpoint.
struct Follower {
  v1::StreamChangesRequest request;
  std::map<int32_t, int64_t> newest;
  std::map<std::string, int> writes_of;  // by batch id

  // Tries again while the store's readers have not found their database again.
  void CatchUp(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::Status status;
    do {
      status = Follow(channel);
      if (::testing::Test::HasFatalFailure()) return;
    } while (status.error_code() == grpc::StatusCode::UNAVAILABLE);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

 private:
  grpc::Status Follow(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = v1::ChangeService::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    request.set_until_caught_up(true);
    const auto stream = stub->StreamChanges(&context, request);
    // What comes after the last checkpoint counts only once the next one has come.
    std::map<int32_t, int64_t> counters = newest;
    std::map<std::string, int> writes = writes_of;
    v1::StreamChangesResponse batch;
    while (stream->Read(&batch)) {
      for (const v1::Change& change : batch.changes()) {
        EXPECT_EQ(change.counter(), ++counters[change.partition()]) << "a gap or a repetition";
        const std::vector<std::string> parts = absl::StrSplit(change.record().subject(), '/');
        if (parts[0] == "locations") ++writes[parts[1]];
      }
      if (!batch.has_checkpoint()) continue;
      *request.mutable_after() = batch.checkpoint();
      newest = counters;
      writes_of = writes;
    }
    return stream->Finish();
  }
};

// A record under attack: what was sent to it, and what its follower has seen.
class Siege {
 public:
  explicit Siege(std::string store) : store_(std::move(store)) {}

  std::string key() const { return folder_.File("ledger-key"); }

  // Three writers at a server, until `harm` has been done after a random number of acknowledgements
  // and, where the server outlives it, some more were acknowledged.
  void Round(Child& child, const std::function<void()>& harm, bool survives) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 3; ++writer) {
      writers.emplace_back([&, prefix = absl::StrCat("r", round_, "w", writer)] {
        WriteUntilGone(child.Channel(), prefix, stop, sent_);
      });
    }
    sent_.AwaitMore(1 + dice_() % 150);
    harm();
    if (survives) sent_.AwaitMore(20);
    stop = true;
    for (std::thread& writer : writers) writer.join();
    ++round_;
  }

  // What the server has now, against what was sent.
  void Check(Child& child) {
    follower_.CatchUp(child.Channel());
    for (const std::string& id : sent_.acknowledged) {
      ASSERT_EQ(follower_.writes_of[id], kWritesInABatch) << id << " was acknowledged";
    }
    for (const auto& [id, writes] : follower_.writes_of) {
      ASSERT_TRUE(writes == kWritesInABatch || writes == 0) << id << " is half there";
    }
    Settle(child);
    follower_.CatchUp(child.Channel());
    for (const std::string& id : sent_.acknowledged) {
      ASSERT_EQ(follower_.writes_of[id], kWritesInABatch) << id << " was written twice";
    }
  }

  // Every subject's records make up its chain, and every log its root. No server may have the store
  // open, where it is a file.
  void CheckChains() {
    const clock::SystemClock clock;
    digest::SystemRandom random;
    const auto store = OpenRecordStore(store_, clock, random);
    ASSERT_TRUE(store.ok()) << store.status();
    for (const std::string& id : sent_.acknowledged) {
      const auto history = (*store)->ReadSubject(SubjectOf(absl::StrCat("locations/", id)), {});
      ASSERT_TRUE(history.ok()) << history.status();
      ASSERT_EQ(history->records.size(), size_t{kWritesInABatch});
      ASSERT_TRUE(CheckChain(history->records, history->head).ok()) << id;
    }
    const auto logs = (*store)->Logs();
    ASSERT_TRUE(logs.ok()) << logs.status();
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      const digest::CompactRange& log = (*logs)[static_cast<size_t>(partition)];
      ASSERT_EQ(log.size(), follower_.newest[partition]) << partition;
      const auto root = digest::RootOf(
          [&](int level, int64_t first, int64_t count) {
            return (*store)->LogHashes(partition, level, first, count);
          },
          log.size());
      ASSERT_TRUE(root.ok()) << root.status();
      ASSERT_EQ(*root, log.Root()) << partition;
    }
  }

  // What it came to, for whoever reads the test's output.
  void Tell(const char* what) const {
    std::printf(
        "%s: %d rounds, %zu batches of %d in the end; of %d without an answer %d were there\n",
        what, round_, sent_.acknowledged.size(), kWritesInABatch, unanswered_, there_);
  }

 private:
  // Repeats what is unknown under its request ids: what was there is told so, whole.
  void Settle(Child& child) {
    const auto stub = v1::RecordService::NewStub(child.Channel());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    const auto stream = stub->IngestRecords(&context);
    int64_t sequence = 0;
    const std::set<std::string> unknown = sent_.unknown;
    for (const std::string& id : unknown) {
      ASSERT_TRUE(stream->Write(BatchOf(id, ++sequence)));
      v1::IngestRecordsResponse answer;
      ASSERT_TRUE(stream->Read(&answer));
      ASSERT_EQ(answer.status().code(), 0) << answer.status().message();
      const int there = follower_.writes_of[id];
      ++unanswered_;
      there_ += there > 0 ? 1 : 0;
      ASSERT_EQ(answer.unchanged(), there) << id;
      ASSERT_EQ(answer.written(), kWritesInABatch - there) << id;
      sent_.Acknowledge(id);
    }
    stream->WritesDone();
    stream->Finish();
  }

  const std::string store_;
  const TemporaryFolder folder_;
  std::mt19937 dice_{20250615};
  Sent sent_;
  Follower follower_;
  int round_ = 0;
  int unanswered_ = 0;
  int there_ = 0;
};

bool Nightly() { return std::getenv("ASSAY_NIGHTLY") != nullptr; }

void KillTheService(const char* what, const std::string& store) {
  // The more rounds the better, within the time that CTest gives the test.
  const absl::Time enough = absl::Now() + (Nightly() ? absl::Minutes(8) : absl::Seconds(90));
  const int rounds = Nightly() ? 200 : 20;
  Siege siege(store);
  int round = 0;
  for (; round < rounds && absl::Now() < enough && !::testing::Test::HasFailure(); ++round) {
    {
      Child child(store, siege.key());
      siege.Round(
          child, [&] { child.Kill(); }, false);
    }
    Child again(store, siege.key());
    siege.Check(again);
  }
  siege.CheckChains();
  siege.Tell(what);
  // A machine that is too slow for all of them has still shown something; fewer show nothing.
  EXPECT_GE(round, rounds / 4) << "of " << rounds << " rounds";
}

TEST(KillTest, NothingAcknowledgedIsLostOnSqlite) {
  const TemporaryFolder folder;
  KillTheService("service on SQLite killed", folder.File("evidence.db"));
}

TEST(KillTest, NothingAcknowledgedIsLostOnPostgresql) {
  const auto server = assay::testing::SharedPostgres();
  ASSERT_TRUE(server.ok()) << server.status();
  const auto database = MakeStoreDatabase(**server);
  ASSERT_TRUE(database.ok()) << database.status();
  KillTheService("service on PostgreSQL killed", (*server)->Url(*database));
}

TEST(KillTest, NothingAcknowledgedIsLostWithPostgresqlItself) {
  const int rounds = Nightly() ? 50 : 5;
  const auto server = assay::testing::PostgresServer::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string store = (*server)->Url(MakeStoreDatabase(**server).value());
  Siege siege(store);
  {
    Child child(store, siege.key());
    for (int round = 0; round < rounds && !HasFailure(); ++round) {
      siege.Round(
          child,
          [&] {
            (*server)->Kill();
            const absl::Status again = (*server)->Restart();
            ASSERT_TRUE(again.ok()) << again;
          },
          true);
      siege.Check(child);
    }
  }
  siege.CheckChains();
  siege.Tell("PostgreSQL killed");
}

TEST(KillTest, NothingAcknowledgedIsLostWhenAStandbyTakesOver) {
  const int rounds = Nightly() ? 10 : 2;
  auto primary = assay::testing::PostgresServer::Start().value();
  const std::string database = MakeStoreDatabase(*primary).value();
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    // Each round has its own pair; the promoted one goes with it.
    if (round > 0) {
      primary = assay::testing::PostgresServer::Start().value();
      ASSERT_EQ(MakeStoreDatabase(*primary).value(), database);
    }
    auto standby = primary->StartSynchronousStandby();
    ASSERT_TRUE(standby.ok()) << standby.status();
    const std::string store = primary->UrlWith(**standby, database);
    Siege siege(store);
    {
      Child child(store, siege.key());
      siege.Round(
          child,
          [&] {
            primary->Kill();
            const absl::Status promoted = (*standby)->Promote();
            ASSERT_TRUE(promoted.ok()) << promoted;
          },
          true);
      siege.Check(child);
    }
    siege.CheckChains();
    siege.Tell("synchronous standby promoted");
  }
}

}  // namespace
}  // namespace assay::evidence
