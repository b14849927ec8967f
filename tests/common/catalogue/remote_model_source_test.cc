// Against the real service on a loopback socket, and against one that lies.

#include "services/common/catalogue/remote_model_source.h"

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/common/server/call_environment.h"
#include "services/common/server/logging.h"
#include "services/common/version/load.h"
#include "services/framework/api/framework_api.h"
#include "tests/common/version/sample_version.h"

namespace assay::catalogue {
namespace {

constexpr char kName[] = "frameworks/sample/versions/2024";

// A served catalogue of the sample, whose content can be changed and whose server can be stopped.
class Served {
 public:
  explicit Served(grpc::Service* instead = nullptr)
      : pool_({"work", 1, 16}), holder_(Loaded({version::SampleSource()})) {
    environment_.metrics = &metrics_;
    environment_.pool = &pool_;
    environment_.streams = &streams_;
    environment_.running = &running_;
    environment_.log = server::MakeJsonLogger("test", spdlog::level::info, log_);
    api_ = std::make_unique<framework::FrameworkApi>(&environment_, &holder_, &writes_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(instead != nullptr ? instead : api_.get());
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
  }
  ~Served() { Stop(); }

  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown();
    server_->Wait();
    server_.reset();
  }
  void Replace(const std::vector<version::SourceText>& sources) {
    holder_.Replace(Loaded(sources));
  }
  // How many calls the server answered.
  std::size_t Calls() const {
    const std::string log = log_.str();
    std::size_t calls = 0;
    for (std::size_t at = 0; (at = log.find("GetScoringModel", at)) != std::string::npos; ++at) {
      ++calls;
    }
    return calls;
  }

  RemoteModelSourceOptions Options() {
    RemoteModelSourceOptions options;
    options.deadline = absl::Seconds(10);
    options.now = [this] { return now; };
    return options;
  }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  absl::Time now = absl::FromUnixSeconds(1'000'000'000);

 private:
  static std::shared_ptr<const framework::Catalogue> Loaded(
      const std::vector<version::SourceText>& sources) {
    const version::LoadResult loaded = version::LoadVersions(sources);
    EXPECT_TRUE(loaded.problems.empty()) << version::JoinDiagnostics(loaded.problems);
    std::vector<std::shared_ptr<const framework::v1::FrameworkVersion>> versions;
    for (const version::LoadedVersion& each : loaded.versions) versions.push_back(each.version);
    return std::make_shared<const framework::Catalogue>(versions);
  }

  std::ostringstream log_;
  server::Metrics metrics_;
  server::WorkPool pool_;
  server::DrainRegistry streams_;
  server::CallCount running_;
  server::CallEnvironment environment_;
  framework::CatalogueHolder holder_;
  // Nothing is written here, so that it needs neither keeper nor clock.
  const framework::VersionWrites writes_{nullptr, nullptr};
  std::unique_ptr<framework::FrameworkApi> api_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST(RemoteModelSourceTest, FetchesOnceAndKeeps) {
  Served served;
  RemoteModelSource source(served.channel(), served.Options());
  const auto first = source.Find(kName);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ((*first)->name(), kName);
  EXPECT_EQ((*first)->version().items_size(), 2);
  EXPECT_EQ(*source.Find(kName), *first);
  EXPECT_EQ(served.Calls(), 1u);
}

TEST(RemoteModelSourceTest, AsksAgainByDigestOnceTheTimeHasPassed) {
  Served served;
  RemoteModelSource source(served.channel(), served.Options());
  const auto first = source.Find(kName);
  ASSERT_TRUE(first.ok()) << first.status();
  served.now += absl::Seconds(59);
  EXPECT_EQ(*source.Find(kName), *first);
  EXPECT_EQ(served.Calls(), 1u);
  served.now += absl::Seconds(1);
  EXPECT_EQ(*source.Find(kName), *first);
  EXPECT_EQ(served.Calls(), 2u);
  served.Replace({version::SampleWith("name: \"Warm\"", "name: \"Warmth\"")});
  served.now += absl::Seconds(59);
  EXPECT_EQ(*source.Find(kName), *first);
  served.now += absl::Seconds(1);
  const auto changed = source.Find(kName);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_NE((*changed)->model_digest(), (*first)->model_digest());
}

TEST(RemoteModelSourceTest, AsksAtOnceForAVersionThatIsNew) {
  Served served;
  RemoteModelSource source(served.channel(), served.Options());
  constexpr char kNew[] = "frameworks/sample/versions/2025";
  EXPECT_EQ(errors::Reason(source.Find(kNew).status()), "FRAMEWORK_VERSION_NOT_FOUND");
  served.Replace({version::SampleSource(), version::SampleSource("sample", "2025")});
  EXPECT_TRUE(source.Find(kNew).ok());
}

TEST(RemoteModelSourceTest, RefusesWhatIsNoNameWithoutACall) {
  Served served;
  RemoteModelSource source(served.channel(), served.Options());
  EXPECT_EQ(source.Find("sample@2024").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(served.Calls(), 0u);
}

TEST(RemoteModelSourceTest, KeepsServingWhatItHasWhileTheServiceIsAway) {
  Served served;
  RemoteModelSource source(served.channel(), served.Options());
  ASSERT_TRUE(source.All().ok());
  served.Stop();
  served.now += absl::Hours(1);
  EXPECT_TRUE(source.Find(kName).ok());
  EXPECT_EQ(source.Find("frameworks/sample/versions/2025").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(source.All().status().code(), absl::StatusCode::kUnavailable);
}

TEST(RemoteModelSourceTest, CallersAtOnceGetOneModel) {
  Served served;
  RemoteModelSource source(served.channel(), served.Options());
  constexpr int kThreads = 8;
  std::vector<const model::CompiledModel*> found(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const auto model = source.Find(kName);
      found[static_cast<std::size_t>(i)] = model.ok() ? model->get() : nullptr;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<const model::CompiledModel*>(found.begin(), found.end()).size(), 1u);
  EXPECT_NE(found[0], nullptr);
  EXPECT_EQ(served.Calls(), 1u);
}

// Answers with a version whose digest is another's, or with another version.
class Liar final : public framework::v1::FrameworkService::Service {
 public:
  grpc::Status GetScoringModel(grpc::ServerContext* /*context*/,
                               const framework::v1::GetScoringModelRequest* request,
                               framework::v1::GetScoringModelResponse* reply) override {
    const bool wrong_name = request->name() == "frameworks/sample/versions/2025";
    const version::LoadResult loaded = version::LoadVersions({version::SampleSource()});
    *reply->mutable_version() = *loaded.versions[0].version;
    reply->set_model_digest(wrong_name ? loaded.versions[0].version->model_digest()
                                       : std::string(64, 'a'));
    return grpc::Status::OK;
  }
};

TEST(RemoteModelSourceTest, RefusesWhatIsNotWhatItsDigestOrNameSays) {
  Liar liar;
  Served served(&liar);
  RemoteModelSource source(served.channel(), served.Options());
  EXPECT_EQ(source.Find(kName).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(source.Find("frameworks/sample/versions/2025").status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace assay::catalogue
