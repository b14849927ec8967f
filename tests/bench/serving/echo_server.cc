// The physical limit that serving is measured against: a gRPC server that answers every GetRating
// and BatchGetRatings with the same bytes, and does nothing else.
//
//   bench-echo-server ADDRESS BYTES_FILE
//
// Prints a line with the address when it serves, and leaves on SIGTERM.

#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "grpcpp/grpcpp.h"

#include "assay/scoring/v1/rating_service.grpc.pb.h"
#include "services/common/server/byte_buffer.h"

namespace assay::bench {
namespace {

using RawService = scoring::v1::RatingService::WithRawCallbackMethod_GetRating<
    scoring::v1::RatingService::WithRawCallbackMethod_BatchGetRatings<
        scoring::v1::RatingService::Service>>;

class Echo final : public RawService {
 public:
  explicit Echo(std::string bytes)
      : bytes_(std::make_shared<const std::string>(std::move(bytes))) {}

  grpc::ServerUnaryReactor* GetRating(grpc::CallbackServerContext* context, const grpc::ByteBuffer*,
                                      grpc::ByteBuffer* reply) override {
    return Answer(context, reply);
  }
  grpc::ServerUnaryReactor* BatchGetRatings(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer*,
                                            grpc::ByteBuffer* reply) override {
    return Answer(context, reply);
  }

 private:
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context,
                                   grpc::ByteBuffer* reply) const {
    server::SharedBytes(bytes_).Swap(reply);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const std::shared_ptr<const std::string> bytes_;
};

int Run(const std::string& address, const std::string& path) {
  // As Assay's servers do (server_runner.cc): the limit must not carry what we do not.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::cerr << "bench-echo-server: cannot read " << path << "\n";
    return 2;
  }
  Echo echo(std::string(std::istreambuf_iterator<char>(file), {}));
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "bench-echo-server: cannot listen on " << address << "\n";
    return 3;
  }
  std::cout << "serving on " << address << std::endl;
  int signal = 0;
  sigwait(&stop, &signal);
  server->Shutdown();
  return 0;
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench-echo-server ADDRESS BYTES_FILE\n";
    return 2;
  }
  return assay::bench::Run(argv[1], argv[2]);
}
