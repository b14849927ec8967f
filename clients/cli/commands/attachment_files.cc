#include "clients/cli/commands/attachment_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/common/digest/digest.h"

namespace assay::cli {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

absl::Status Unreadable(const std::string& path) {
  return absl::InvalidArgumentError(
      absl::StrCat("file: ", path, " cannot be read: ", std::strerror(errno)));
}

// Calls `take` with each piece of the file, as long as it says yes.
template <class Take>
absl::Status ReadPieces(const std::string& path, const Take& take) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unreadable(path);
  std::vector<char> piece(kPieceBytes);
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(file.gcount());
    if (got > 0 && !take(absl::string_view(piece.data(), got))) return absl::OkStatus();
  }
  if (file.bad()) return Unreadable(path);
  return absl::OkStatus();
}

std::string BaseName(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

absl::StatusOr<Attached> UploadFile(const Service& service,
                                    evidence::v1::RecordService::StubInterface* stub,
                                    const std::string& parent, const std::string& path) {
  Attached attached;
  attached.file_name = BaseName(path);
  digest::Sha256Stream hash;
  absl::Status read = ReadPieces(path, [&](absl::string_view piece) {
    hash.Update(piece);
    attached.size += static_cast<std::int64_t>(piece.size());
    return true;
  });
  if (!read.ok()) return read;
  attached.digest = std::string(hash.Finish().bytes());

  evidence::v1::UploadAttachmentResponse response;
  const absl::Status sent = service.Call([&](grpc::ClientContext* context) {
    const auto stream = stub->UploadAttachment(context, &response);
    evidence::v1::UploadAttachmentRequest message;
    message.mutable_header()->set_parent(parent);
    message.mutable_header()->set_digest(attached.digest);
    message.mutable_header()->set_size(attached.size);
    bool open = stream->Write(message);
    if (open) {
      read = ReadPieces(path, [&](absl::string_view piece) {
        message.set_chunk(piece.data(), piece.size());
        open = stream->Write(message);
        return open;
      });
    }
    if (open) stream->WritesDone();
    return stream->Finish();
  });
  if (!read.ok()) return read;
  if (!sent.ok()) return sent;
  attached.existed = response.existed();
  return attached;
}

absl::Status DownloadFile(const Service& service, evidence::v1::RecordService::StubInterface* stub,
                          const std::string& parent, const std::string& digest,
                          const std::string& path) {
  const bool to_stdout = path == "-";
  const std::string partial = absl::StrCat(path, ".partial");
  std::ofstream file;
  if (!to_stdout) {
    file.open(partial, std::ios::binary | std::ios::trunc);
    if (!file) {
      return absl::InvalidArgumentError(
          absl::StrCat("file: ", path, " cannot be written: ", std::strerror(errno)));
    }
  }
  std::ostream& out = to_stdout ? std::cout : file;
  evidence::v1::DownloadAttachmentRequest request;
  request.set_parent(parent);
  request.set_digest(digest);
  digest::Sha256Stream hash;
  absl::Status status = service.Call([&](grpc::ClientContext* context) {
    const auto stream = stub->DownloadAttachment(context, request);
    evidence::v1::DownloadAttachmentResponse message;
    while (out.good() && stream->Read(&message)) {
      hash.Update(message.chunk());
      out.write(message.chunk().data(), static_cast<std::streamsize>(message.chunk().size()));
    }
    if (!out.good()) context->TryCancel();
    return stream->Finish();
  });
  out.flush();
  if (!out.good()) {
    status = absl::InvalidArgumentError(
        absl::StrCat("file: ", path, " was cut short: ", std::strerror(errno)));
  } else if (status.ok() && hash.Finish().bytes() != digest) {
    status = absl::DataLossError("the bytes that came are not those of the digest");
  }
  if (to_stdout) return status;
  file.close();
  if (status.ok() && std::rename(partial.c_str(), path.c_str()) != 0) {
    status = absl::InvalidArgumentError(
        absl::StrCat("file: ", path, " cannot be written: ", std::strerror(errno)));
  }
  if (!status.ok()) std::remove(partial.c_str());
  return status;
}

}  // namespace assay::cli
