#include "tests/common/server/raw_call.h"

#include <unistd.h>

#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

#include "services/common/config/address.h"

namespace assay::test {
namespace {

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

// Waits for the one operation that runs.
bool WaitForNext(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue->Next(&tag, &ok) && ok;
}

void SetDeadline(grpc::ClientContext* context) {
  context->set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
}

}  // namespace

grpc::Status RawUnary(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                      const std::string& request, std::string* reply) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  SetDeadline(&context);
  grpc::CompletionQueue queue;
  auto call = stub.PrepareUnaryCall(&context, method, ToBuffer(request), &queue);
  call->StartCall();
  grpc::ByteBuffer bytes;
  grpc::Status status;
  call->Finish(&bytes, &status, nullptr);
  WaitForNext(&queue);
  if (status.ok()) *reply = ToString(bytes);
  return status;
}

std::string RawBidi(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                    const std::string& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  SetDeadline(&context);
  grpc::CompletionQueue queue;
  auto stream = stub.PrepareCall(&context, method, &queue);
  stream->StartCall(nullptr);
  grpc::ByteBuffer reply;
  std::string answer;
  if (WaitForNext(&queue)) {
    stream->Write(ToBuffer(request), nullptr);
    if (WaitForNext(&queue)) {
      stream->Read(&reply, nullptr);
      if (WaitForNext(&queue)) answer = ToString(reply);
    }
  }
  context.TryCancel();
  grpc::Status status;
  stream->Finish(&status, nullptr);
  WaitForNext(&queue);
  return answer;
}

bool WaitForHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& entry,
                   Health wanted) {
  // HealthCheckRequest{service: 1}, HealthCheckResponse{status: 1}.
  const std::string request =
      entry.empty() ? ""
                    : absl::StrCat("\x0a", std::string(1, static_cast<char>(entry.size())), entry);
  const std::string served = {'\x08', static_cast<char>(wanted)};
  const absl::Time until = absl::Now() + absl::Seconds(10);
  while (absl::Now() < until) {
    std::string reply;
    const grpc::Status status = RawUnary(channel, "/grpc.health.v1.Health/Check", request, &reply);
    if (status.ok() && reply == served) return true;
    std::this_thread::yield();
  }
  return false;
}

std::string HttpGet(const std::string& address, const std::string& path) {
  const config::Address to = config::ParseAddress(address).value();
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_port = htons(to.port);
  inet_pton(AF_INET, to.host.c_str(), &name.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0) {
    const std::string request = absl::StrCat("GET ", path, " HTTP/1.0\r\n\r\n");
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      char buffer[4096];
      for (ssize_t n = 0; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
        answer.append(buffer, static_cast<size_t>(n));
      }
    }
  }
  close(fd);
  return answer;
}

}  // namespace assay::test
