// Nothing acknowledged is lost: the real server is killed by SIGKILL under load, again and again,
// and then every acknowledged batch is there, no partition has a gap, and the feed gives each
// change once.
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
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
#include "tests/evidence/storage/store_testing.h"

extern char** environ;

namespace assay::evidence {
namespace {

constexpr int kWritesInABatch = 5;

// The server as a child, from its ready line on.
class Child {
 public:
  explicit Child(const std::string& store) {
    const char* bin = std::getenv("ASSAY_BIN_DIR");
    std::vector<std::string> arguments = {
        absl::StrCat(bin == nullptr ? "build/dev/bin" : bin, "/assay-evidence"),
        "--listen-address=127.0.0.1:0", "--metrics-address=", "--log-level=off",
        absl::StrCat("--store=", store)};
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

// What the writers sent and what was acknowledged, by batch id.
struct Log {
  std::mutex mutex;
  std::set<std::string> acknowledged;
  std::atomic<int> count{0};
};

v1::IngestRecordsRequest BatchOf(const std::string& id, int64_t sequence) {
  v1::IngestRecordsRequest request;
  request.set_sequence(sequence);
  const std::string name = absl::StrCat("locations/", id);
  v1::Location* location = request.add_writes()->mutable_location()->mutable_location();
  location->set_name(name);
  location->set_provider("providers/1-101");
  for (int write = 1; write < kWritesInABatch; ++write) {
    v1::CreateRegulatoryActionRequest* action = request.add_writes()->mutable_action();
    action->set_parent(name);
    action->mutable_action()->set_kind(v1::REGULATORY_ACTION_KIND_BREACH);
    action->mutable_action()->mutable_opened()->set_year(2025);
    action->mutable_action()->mutable_opened()->set_month(1);
    action->mutable_action()->mutable_opened()->set_day(write);
  }
  return request;
}

// Sends batches over one stream, four of them unanswered at the most, until the server is gone.
void WriteUntilGone(const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
                    Log& log) {
  const auto stub = v1::RecordService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  const auto stream = stub->IngestRecords(&context);
  const auto id = [&](int64_t sequence) { return absl::StrCat(prefix, "-", sequence); };
  bool alive = true;
  for (int64_t sequence = 1; alive; ++sequence) {
    alive = stream->Write(BatchOf(id(sequence), sequence));
    if (sequence <= 4) continue;
    v1::IngestRecordsResponse answer;
    alive = alive && stream->Read(&answer);
    if (!alive) break;
    EXPECT_EQ(answer.status().code(), 0) << answer.status().message();
    const std::lock_guard<std::mutex> lock(log.mutex);
    log.acknowledged.insert(id(answer.sequence()));
    ++log.count;
  }
  stream->Finish();
}

// A follower that outlives the servers: it resumes from its last checkpoint.
struct Follower {
  v1::StreamChangesRequest request;
  std::map<int32_t, int64_t> newest;
  std::map<std::string, int> writes_of;  // by batch id

  void CatchUp(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = v1::ChangeService::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    request.set_until_caught_up(true);
    const auto stream = stub->StreamChanges(&context, request);
    v1::StreamChangesResponse batch;
    while (stream->Read(&batch)) {
      for (const v1::Change& change : batch.changes()) {
        ASSERT_EQ(change.counter(), ++newest[change.partition()]) << "a gap or a repetition";
        const std::vector<std::string> parts = absl::StrSplit(change.record().subject(), '/');
        if (parts[0] == "locations") ++writes_of[parts[1]];
      }
      if (batch.has_checkpoint()) *request.mutable_after() = batch.checkpoint();
    }
    const grpc::Status status = stream->Finish();
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
};

TEST(KillTest, NothingAcknowledgedIsLost) {
  const bool nightly = std::getenv("ASSAY_NIGHTLY") != nullptr;
  // The more rounds the better, within the time that CTest gives the test.
  const absl::Time enough = absl::Now() + (nightly ? absl::Minutes(3) : absl::ZeroDuration());
  const int most = nightly ? 200 : 5;
  constexpr int kWriters = 3;
  const TemporaryFolder folder;
  std::mt19937 dice(20250615);
  Log log;
  Follower follower;
  for (int round = 0; round < most && (round < 5 || absl::Now() < enough); ++round) {
    Child child(folder.File("evidence.db"));
    const int target = log.count + 1 + static_cast<int>(dice() % 150);
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        WriteUntilGone(child.Channel(), absl::StrCat("r", round, "w", writer), log);
      });
    }
    while (log.count < target) std::this_thread::yield();
    child.Kill();
    for (std::thread& writer : writers) writer.join();

    Child again(folder.File("evidence.db"));
    follower.CatchUp(again.Channel());
    for (const std::string& id : log.acknowledged) {
      ASSERT_EQ(follower.writes_of[id], kWritesInABatch) << id << " was acknowledged";
    }
    for (const auto& [id, writes] : follower.writes_of) {
      ASSERT_EQ(writes, kWritesInABatch) << id << " is half there";
    }
    again.Kill();
  }
  RecordProperty("acknowledged_batches", log.count.load());
}

}  // namespace
}  // namespace assay::evidence
