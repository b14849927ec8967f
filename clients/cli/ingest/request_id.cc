#include "clients/cli/ingest/request_id.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

#include "services/common/digest/digest.h"

namespace assay::ingest {
namespace {

using evidence::v1::RecordWrite;

// Where the write keeps its request id; null where nothing is set.
std::string* MutableRequestId(RecordWrite* write) {
  switch (write->write_case()) {
    case RecordWrite::kProvider:
      return write->mutable_provider()->mutable_request_id();
    case RecordWrite::kLocation:
      return write->mutable_location()->mutable_request_id();
    case RecordWrite::kArea:
      return write->mutable_area()->mutable_request_id();
    case RecordWrite::kJudgement:
      return write->mutable_judgement()->mutable_request_id();
    case RecordWrite::kAction:
      return write->mutable_action()->mutable_request_id();
    case RecordWrite::kCorrection:
      return write->mutable_correction()->mutable_request_id();
    case RecordWrite::kEvidenceItem:
      return write->mutable_evidence_item()->mutable_request_id();
    case RecordWrite::kOverride:
      return write->mutable_override()->mutable_request_id();
    case RecordWrite::kPublication:
      return write->mutable_publication()->mutable_request_id();
    case RecordWrite::kErasure:
      return write->mutable_erasure()->mutable_request_id();
    case RecordWrite::kService:
      return write->mutable_service()->mutable_request_id();
    case RecordWrite::WRITE_NOT_SET:
      break;
  }
  return nullptr;
}

// The messages hold no maps, so that this is one sequence of bytes for one message.
std::string StableBytes(const RecordWrite& write) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  write.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// 16 bytes of a digest in the form of a UUID of version 8 ("vendor specific").
std::string UuidOf(absl::string_view digest) {
  std::string bytes(digest.substr(0, 16));
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0F) | 0x80);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3F) | 0x80);
  const std::string hex = digest::HexEncode(bytes);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

// The write must have no request id.
std::string IdOfBare(absl::string_view scope, const RecordWrite& write) {
  const absl::string_view counted = scope.substr(0, 255);
  const char length = static_cast<char>(static_cast<unsigned char>(counted.size()));
  digest::Sha256Stream stream;
  stream.Update(absl::string_view("assay.request.v1\0", 17));
  stream.Update(absl::string_view(&length, 1)).Update(counted).Update(StableBytes(write));
  return UuidOf(stream.Finish().bytes());
}

}  // namespace

std::string RequestIdOf(absl::string_view scope, const RecordWrite& write) {
  RecordWrite bare = write;
  if (std::string* id = MutableRequestId(&bare)) id->clear();
  return IdOfBare(scope, bare);
}

void SetRequestId(absl::string_view scope, RecordWrite* write) {
  std::string* id = MutableRequestId(write);
  if (id == nullptr) return;
  id->clear();
  *id = IdOfBare(scope, *write);
}

const std::string& RequestIdIn(const RecordWrite& write) {
  static const std::string* const kNone = new std::string();
  switch (write.write_case()) {
    case RecordWrite::kProvider:
      return write.provider().request_id();
    case RecordWrite::kLocation:
      return write.location().request_id();
    case RecordWrite::kArea:
      return write.area().request_id();
    case RecordWrite::kJudgement:
      return write.judgement().request_id();
    case RecordWrite::kAction:
      return write.action().request_id();
    case RecordWrite::kCorrection:
      return write.correction().request_id();
    case RecordWrite::kEvidenceItem:
      return write.evidence_item().request_id();
    case RecordWrite::kOverride:
      return write.override().request_id();
    case RecordWrite::kPublication:
      return write.publication().request_id();
    case RecordWrite::kErasure:
      return write.erasure().request_id();
    case RecordWrite::kService:
      return write.service().request_id();
    case RecordWrite::WRITE_NOT_SET:
      break;
  }
  return *kNone;
}

}  // namespace assay::ingest
