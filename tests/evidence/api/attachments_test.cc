#include "services/evidence/api/attachments.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "services/common/digest/digest.h"
#include "services/common/errors/errors.h"
#include "services/evidence/api/record_methods.h"
#include "tests/evidence/api/records_testing.h"

namespace assay::evidence {
namespace {

// Uploads bytes in pieces, as a client would.
absl::StatusOr<v1::UploadAttachmentResponse> Upload(const Backend& backend,
                                                    const std::string& parent,
                                                    const std::string& digest, int64_t size,
                                                    const std::vector<std::string>& pieces) {
  AttachmentUpload upload(&backend);
  v1::UploadAttachmentRequest message;
  message.mutable_header()->set_parent(parent);
  message.mutable_header()->set_digest(digest);
  message.mutable_header()->set_size(size);
  absl::Status status = upload.Add(message);
  for (const std::string& piece : pieces) {
    if (!status.ok()) return status;
    message.set_chunk(piece);
    status = upload.Add(message);
  }
  if (!status.ok()) return status;
  return upload.Finish();
}

absl::StatusOr<std::string> Fetched(const Backend& backend, const std::string& parent,
                                    const std::string& digest) {
  v1::DownloadAttachmentRequest request;
  request.set_parent(parent);
  request.set_digest(digest);
  const auto download = AttachmentDownload::Open(&backend, request);
  if (!download.ok()) return download.status();
  std::string bytes;
  while (true) {
    v1::DownloadAttachmentResponse message;
    const absl::StatusOr<bool> more = (*download)->Next(&message);
    if (!more.ok()) return more.status();
    if (!*more) return bytes;
    bytes += message.chunk();
  }
}

TEST_F(RecordsTest, AnAttachmentIsStoredOnceCheckedAndErasedWithItsLastReference) {
  const std::string bytes(3 << 20, 'a');
  const std::string digest(digest::Sha256(bytes).bytes());
  const std::vector<std::string> pieces = {bytes.substr(0, 1 << 20), bytes.substr(1 << 20, 1 << 20),
                                           bytes.substr(2 << 20)};
  const auto size = static_cast<int64_t>(bytes.size());
  const auto uploaded = Upload(backend(), kHome, digest, size, pieces);
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  EXPECT_FALSE(uploaded->existed());
  EXPECT_TRUE(Upload(backend(), kHome, digest, size, pieces)->existed());
  EXPECT_EQ(*Fetched(backend(), kHome, digest), bytes);

  std::vector<std::string> names;
  for (int number = 0; number < 2; ++number) {
    v1::CreateEvidenceItemRequest request = EvidenceRequest("see the letter");
    v1::EvidenceItem::Attachment& one = *request.mutable_evidence_item()->add_attachments();
    one.set_digest(digest);
    one.set_file_name("letter.pdf");
    one.set_size(7);  // output only
    const auto item = CreateEvidenceItem(backend(), request);
    ASSERT_TRUE(item.ok()) << item.status();
    EXPECT_EQ(item->attachments(0).size(), size);
    EXPECT_EQ(item->attachments(0).digest(), digest);
    names.push_back(item->name());
  }
  for (int number = 0; number < 2; ++number) {
    EXPECT_TRUE(Fetched(backend(), kHome, digest).ok());
    v1::EraseRequest erase;
    erase.set_name(names[static_cast<size_t>(number)]);
    erase.set_reason("DPR-17");
    const auto erased = Erase(backend(), erase);
    ASSERT_TRUE(erased.ok()) << erased.status();
  }
  EXPECT_EQ(errors::Reason(Fetched(backend(), kHome, digest).status()), "ATTACHMENT_NOT_FOUND");
  v1::GetEvidenceItemRequest get;
  get.set_name(names[0]);
  EXPECT_EQ(GetEvidenceItem(backend(), get)->attachments(0).digest(), "");
}

TEST_F(RecordsTest, ARequestSentAgainAfterItsAttachmentWasErasedGetsTheFirstAnswer) {
  const std::string bytes = "a letter";
  const std::string digest(digest::Sha256(bytes).bytes());
  v1::CreateEvidenceItemRequest request = EvidenceRequest("see the letter");
  request.set_request_id(kUuid);
  request.mutable_evidence_item()->add_attachments()->set_digest(digest);
  // New, it wants the attachment.
  const absl::Status lacking = CreateEvidenceItem(backend(), request).status();
  EXPECT_EQ(errors::Reason(lacking), "EVIDENCE_INVALID") << lacking;
  ASSERT_TRUE(Upload(backend(), kHome, digest, 8, {bytes}).ok());
  const auto first = CreateEvidenceItem(backend(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  v1::EraseRequest erase;
  erase.set_name(first->name());
  erase.set_reason("DPR-17");
  ASSERT_TRUE(Erase(backend(), erase).ok());
  const auto again = CreateEvidenceItem(backend(), request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->name(), first->name());
  v1::BatchCreateEvidenceItemsRequest batch;
  *batch.add_requests() = request;
  const auto both = BatchCreateEvidenceItems(backend(), batch);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->evidence_items(0).name(), first->name());
  // Another request may not name it.
  request.clear_request_id();
  EXPECT_EQ(CreateEvidenceItem(backend(), request).status(), lacking);
}

TEST_F(RecordsTest, AnUploadThatIsNotWhatItSaysLeavesNothing) {
  const std::string digest(digest::Sha256("right").bytes());
  struct Case {
    const char* what;
    std::string parent;
    std::string digest;
    int64_t size;
    std::vector<std::string> pieces;
    absl::StatusCode code;
  };
  const Case cases[] = {
      {"other bytes", kHome, digest, 5, {"wrong"}, absl::StatusCode::kInvalidArgument},
      {"too few", kHome, digest, 5, {"rig"}, absl::StatusCode::kInvalidArgument},
      {"too many", kHome, digest, 5, {"right", "er"}, absl::StatusCode::kInvalidArgument},
      {"an empty chunk", kHome, digest, 5, {""}, absl::StatusCode::kInvalidArgument},
      {"a chunk over a mebibyte",
       kHome,
       digest,
       2 << 20,
       {std::string((1 << 20) + 1, 'x')},
       absl::StatusCode::kInvalidArgument},
      {"half a digest", kHome, "half", 5, {}, absl::StatusCode::kInvalidArgument},
      {"too large",
       kHome,
       digest,
       (int64_t{256} << 20) + 1,
       {},
       absl::StatusCode::kInvalidArgument},
      {"not a root",
       "locations/1-102/services/homecare",
       digest,
       5,
       {},
       absl::StatusCode::kInvalidArgument},
      {"unknown location", "locations/9-9", digest, 5, {"right"}, absl::StatusCode::kNotFound},
  };
  for (const Case& c : cases) {
    const auto uploaded = Upload(backend(), c.parent, c.digest, c.size, c.pieces);
    EXPECT_EQ(uploaded.status().code(), c.code) << c.what << uploaded.status();
    EXPECT_EQ(errors::Reason(Fetched(backend(), kHome, digest).status()), "ATTACHMENT_NOT_FOUND")
        << c.what;
  }
  AttachmentUpload headless(&backend());
  v1::UploadAttachmentRequest chunk;
  chunk.set_chunk("x");
  EXPECT_EQ(headless.Add(chunk).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(headless.Finish().status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay::evidence
