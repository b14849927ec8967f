// The part of the suite about texts, erasures, attachments and logs.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "services/common/errors/errors.h"
#include "services/evidence/core/leaf.h"
#include "tests/evidence/storage/record_store_contract.h"
#include "tests/evidence/storage/store_testing.h"

namespace assay::evidence {
namespace {

using testing::ElementsAre;

constexpr char kHome[] = "locations/1-102";
constexpr char kHomeService[] = "locations/1-102/services/homecare";
constexpr char kOtherHome[] = "locations/1-104";

Write Texted(Write write, const std::vector<std::string>& fields, absl::string_view text) {
  for (const std::string& field : fields) {
    SealedText sealed;
    sealed.field = field;
    sealed.salt = std::string(32, 's');
    sealed.bytes = absl::StrCat(text, " of ", field);
    sealed.commitment = CommitmentOf(sealed.salt, sealed.bytes);
    write.row.texts.push_back(std::move(sealed));
  }
  return write;
}

Write Naming(Write write, const std::vector<std::string>& files) {
  for (const std::string& file : files) write.row.attachments.push_back(digest::Sha256(file));
  std::sort(write.row.attachments.begin(), write.row.attachments.end());
  return write;
}

Write ServiceWrite(absl::string_view name) {
  Write write = LocationWrite(name);
  write.row.kind = v1::RECORD_KIND_SERVICE;
  return write;
}

// Uploads in pieces of `piece` bytes; the status of whatever failed first.
absl::StatusOr<bool> Upload(RecordStore& store, absl::string_view root, absl::string_view bytes,
                            size_t piece = 7) {
  absl::StatusOr<std::unique_ptr<AttachmentWriter>> writer = store.WriteAttachment(
      SubjectOf(root), digest::Sha256(bytes), static_cast<int64_t>(bytes.size()));
  if (!writer.ok()) return writer.status();
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const absl::Status status = (*writer)->Write(bytes.substr(at, piece));
    if (!status.ok()) return status;
  }
  return (*writer)->Finish();
}

absl::StatusOr<std::string> Download(RecordStore& store, absl::string_view root,
                                     absl::string_view bytes) {
  absl::StatusOr<std::unique_ptr<AttachmentReader>> reader =
      store.ReadAttachment(SubjectOf(root), digest::Sha256(bytes));
  if (!reader.ok()) return reader.status();
  std::string all;
  while (true) {
    absl::StatusOr<std::string> piece = (*reader)->Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) break;
    all += *piece;
  }
  EXPECT_EQ((*reader)->size(), static_cast<int64_t>(all.size()));
  return all;
}

}  // namespace

SubjectRecords RecordStoreContract::HistoryOf(absl::string_view subject) {
  const auto records = store_->ReadSubject(SubjectOf(subject), {});
  EXPECT_TRUE(records.ok()) << records.status() << errors::PrivateDetail(records.status());
  return *records;
}

void RecordStoreContract::CheckLogs() {
  const auto logs = store_->Logs();
  ASSERT_TRUE(logs.ok()) << logs.status();
  const std::vector<int64_t> counters = store_->Counters();
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    const digest::CompactRange& log = (*logs)[static_cast<size_t>(partition)];
    ASSERT_EQ(log.size(), counters[static_cast<size_t>(partition)]);
    const digest::HashReader read = [&](int level, int64_t first, int64_t count) {
      return store_->LogHashes(partition, level, first, count);
    };
    const auto root = digest::RootOf(read, log.size());
    ASSERT_TRUE(root.ok()) << root.status() << errors::PrivateDetail(root.status());
    EXPECT_EQ(*root, log.Root()) << partition;
  }
}

TEST_P(RecordStoreContract, TextsAreKeptBesideTheRecord) {
  PutAll({LocationWrite(kHome), Texted(JudgementWrite(kHome, 1), {"rationale", "text"}, "why")});
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    const auto stored = store_->Read(SubjectOf(kHome), v1::RECORD_KIND_JUDGEMENT, Id(1));
    ASSERT_TRUE(stored.ok() && stored->has_value());
    ASSERT_EQ((*stored)->texts.size(), 2u);
    EXPECT_EQ((*stored)->texts[0].field, "rationale");
    EXPECT_EQ((*stored)->texts[1].bytes, "why of text");
    EXPECT_TRUE(CheckTexts(**stored).ok());
    EXPECT_EQ((*stored)->id, Id(1));
  }
  EXPECT_EQ(store_->Log(PartitionOf(kHome), 0, 10, 1000)->at(1).texts.size(), 2u);
}

TEST_P(RecordStoreContract, TextsComeOfTheKindsWantedAlone) {
  PutAll({LocationWrite(kHome), Texted(JudgementWrite(kHome, 1), {"rationale", "text"}, "why"),
          Texted(JudgementWrite(kHome, 2), {"rationale"}, "other")});
  ASSERT_TRUE(Put(ErasureWrite(kHome, 2)).status.ok());
  const SubjectRecords whole = HistoryOf(kHome);
  SubjectQuery query;
  query.texts = {v1::RECORD_KIND_EVIDENCE_ITEM};
  const auto bare = store_->ReadSubject(SubjectOf(kHome), query);
  ASSERT_TRUE(bare.ok()) << bare.status();
  ASSERT_EQ(bare->records.size(), whole.records.size());
  // What is left is enough to check the chain.
  EXPECT_TRUE(CheckChain(bare->records, bare->head).ok());
  for (size_t at = 0; at < whole.records.size(); ++at) {
    EXPECT_EQ(bare->records[at].erased, whole.records[at].erased);
    ASSERT_EQ(bare->records[at].texts.size(), whole.records[at].texts.size());
    for (size_t text = 0; text < whole.records[at].texts.size(); ++text) {
      EXPECT_EQ(bare->records[at].texts[text].field, whole.records[at].texts[text].field);
      EXPECT_EQ(bare->records[at].texts[text].commitment, whole.records[at].texts[text].commitment);
      EXPECT_EQ(bare->records[at].texts[text].bytes, "");
      EXPECT_EQ(bare->records[at].texts[text].salt, "");
    }
  }
  query.texts = {v1::RECORD_KIND_JUDGEMENT};
  EXPECT_EQ(store_->ReadSubject(SubjectOf(kHome), query)->records[1].texts[1].bytes, "why of text");
}

TEST_P(RecordStoreContract, TheLogComesWithoutWhatIsNotWanted) {
  PutAll({LocationWrite(kHome), Texted(JudgementWrite(kHome, 1), {"rationale"}, "why"),
          Texted(JudgementWrite(kHome, 2), {"rationale"}, "other")});
  ASSERT_TRUE(Put(ErasureWrite(kHome, 2)).status.ok());
  const SubjectRecords whole = HistoryOf(kHome);
  LogQuery query;
  query.limit = 10;
  query.max_bytes = 1000;
  query.without_texts = true;
  auto log = store_->Log(PartitionOf(kHome), query);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->size(), 4u);
  for (size_t at = 0; at < 4; ++at) {
    EXPECT_EQ((*log)[at].payload, whole.records[at].payload);
    EXPECT_EQ((*log)[at].erased, whole.records[at].erased);
    EXPECT_TRUE((*log)[at].texts.empty());
  }
  query.without_texts = false;
  query.kinds = {v1::RECORD_KIND_LOCATION};
  log = store_->Log(PartitionOf(kHome), query);
  ASSERT_EQ(log->size(), 4u);
  for (size_t at = 0; at < 4; ++at) {
    EXPECT_EQ((*log)[at].position.counter, static_cast<int64_t>(at) + 1);
    EXPECT_EQ((*log)[at].kind, whole.records[at].kind);
    EXPECT_EQ((*log)[at].subject, kHome);
    EXPECT_EQ((*log)[at].payload, at == 0 ? "state" : "");
    EXPECT_TRUE((*log)[at].texts.empty());
  }
  // A record that is left out takes no room: all four fit where one does.
  query.max_bytes = 6;
  EXPECT_EQ(store_->Log(PartitionOf(kHome), query)->size(), 4u);
  query.kinds = {v1::RECORD_KIND_JUDGEMENT};
  EXPECT_EQ(store_->Log(PartitionOf(kHome), query)->at(1).texts.at(0).bytes, "why of rationale");
}

TEST_P(RecordStoreContract, AnErasureDestroysTextsAndKeepsTheRest) {
  Write judged = Under(Texted(JudgementWrite(kHome, 1), {"rationale"}, "secret"), 7);
  judged.origin = Id(1000);
  judged.body = Id(1);
  PutAll({LocationWrite(kHome), judged, Texted(JudgementWrite(kHome, 2), {"rationale"}, "other")});
  const WriteResult erased = Put(Under(ErasureWrite(kHome, 1), 8));
  ASSERT_TRUE(erased.status.ok()) << erased.status << errors::PrivateDetail(erased.status);
  EXPECT_TRUE(erased.written);
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    const SubjectRecords history = HistoryOf(kHome);
    ASSERT_EQ(history.records.size(), 4u);
    EXPECT_EQ(history.records[1].payload, "judgement 1");
    ASSERT_EQ(history.records[1].texts.size(), 1u);
    EXPECT_TRUE(history.records[1].texts[0].erased());
    EXPECT_EQ(history.records[1].texts[0].bytes, "");
    EXPECT_EQ(history.records[1].erased, history.records[3].recorded);
    EXPECT_EQ(history.records[2].texts[0].bytes, "other of rationale");
    EXPECT_FALSE(history.records[2].erased.has_value());
    EXPECT_EQ(history.records[3].kind, v1::RECORD_KIND_ERASURE);
    EXPECT_TRUE(CheckChain(history.records, history.head).ok());
    CheckLogs();
  }
  // Nothing is left to compare a guess with, and what was erased does not come back.
  const WriteResult repeated = Put(Under(JudgementWrite(kHome, 3), 7, "any other body"));
  EXPECT_TRUE(repeated.status.ok()) << repeated.status;
  EXPECT_EQ(repeated.record.position.counter, 2);
  Write imported = JudgementWrite(kHome, 4);
  imported.origin = Id(1000);
  imported.body = Id(99);
  imported.row.place = judged.row.place;
  EXPECT_FALSE(Put(imported).written);
  imported.row.place = judged.row.place + 1;
  EXPECT_TRUE(Put(imported).written) << "the same source may tell of another place";
  // A second erasure finds the first.
  const WriteResult again = Put(ErasureWrite(kHome, 1));
  EXPECT_FALSE(again.written);
  EXPECT_EQ(again.record.position, erased.record.position);
}

TEST_P(RecordStoreContract, AnErasureTakesTheReasonOfTheRetractionToo) {
  Write retraction = Texted(CorrectionWrite(kHome, 2, 1), {"reason"}, "she said");
  retraction.row.kind = v1::RECORD_KIND_RETRACTION;
  retraction.row.id.clear();
  PutAll({LocationWrite(kHome), JudgementWrite(kHome, 1), retraction});
  ASSERT_TRUE(Put(ErasureWrite(kHome, 1)).written);
  EXPECT_TRUE(HistoryOf(kHome).records[2].texts[0].erased());
}

TEST_P(RecordStoreContract, AnErasureReachesTheReasonOfALaterRetraction) {
  PutAll({LocationWrite(kHome), Texted(JudgementWrite(kHome, 1), {"rationale"}, "secret")});
  const WriteResult first = Put(ErasureWrite(kHome, 1));
  ASSERT_TRUE(first.written) << first.status;
  Write retraction = Texted(CorrectionWrite(kHome, 2, 1), {"reason"}, "she said");
  retraction.row.kind = v1::RECORD_KIND_RETRACTION;
  retraction.row.id.clear();
  ASSERT_TRUE(Put(Under(retraction, 9)).written);
  const WriteResult second = Put(ErasureWrite(kHome, 1));
  ASSERT_TRUE(second.written) << "the retraction's reason is still there";
  const SubjectRecords history = HistoryOf(kHome);
  EXPECT_TRUE(history.records[3].texts[0].erased());
  EXPECT_EQ(history.records[1].erased, first.record.recorded);
  // A third one finds the second.
  const WriteResult third = Put(ErasureWrite(kHome, 1));
  EXPECT_FALSE(third.written);
  EXPECT_EQ(third.record.position, second.record.position);
  EXPECT_TRUE(CheckChain(history.records, history.head).ok());
  CheckLogs();
}

TEST_P(RecordStoreContract, ARetractionBetweenTwoErasuresOfOneBatchLosesItsReason) {
  Write retraction = Texted(CorrectionWrite(kHome, 2, 1), {"reason"}, "she said");
  retraction.row.kind = v1::RECORD_KIND_RETRACTION;
  retraction.row.id.clear();
  const BatchResult all =
      PutAll({LocationWrite(kHome), JudgementWrite(kHome, 1), ErasureWrite(kHome, 1), retraction,
              ErasureWrite(kHome, 1), ErasureWrite(kHome, 1)});
  ASSERT_TRUE(all.status.ok()) << all.status;
  EXPECT_TRUE(all.writes[4].written);
  EXPECT_FALSE(all.writes[5].written);
  EXPECT_TRUE(HistoryOf(kHome).records[3].texts[0].erased());
}

TEST_P(RecordStoreContract, AnErasedRecordCanBeCorrectedFromItsOwnSource) {
  const auto from = [](Write write, uint64_t body) {
    write.origin = Id(1000);
    write.body = Id(body);
    write.row.place = 5;
    return write;
  };
  PutAll({LocationWrite(kHome), from(JudgementWrite(kHome, 1), 1), ErasureWrite(kHome, 1)});
  const WriteResult corrected = Put(from(CorrectionWrite(kHome, 2, 1), 2));
  EXPECT_TRUE(corrected.written) << corrected.status;
  EXPECT_EQ(HistoryOf(kHome).records[1].superseded_by, 4);
  // The import that brought the erased one does not bring it back.
  EXPECT_FALSE(Put(from(JudgementWrite(kHome, 3), 1)).written);
}

TEST_P(RecordStoreContract, TheRequestIdOfAnErasedRecordAnswersItsOwnKindAndTargetOnly) {
  PutAll({LocationWrite(kHome), LocationWrite(kOtherHome),
          Under(Texted(JudgementWrite(kHome, 1), {"rationale"}, "secret"), 7),
          Texted(JudgementWrite(kHome, 2), {"rationale"}, "kept?"), ErasureWrite(kHome, 1)});
  EXPECT_EQ(errors::Reason(Put(Under(ErasureWrite(kHome, 2), 7, "other")).status),
            "REQUEST_ID_REUSED");
  EXPECT_FALSE(HistoryOf(kHome).records[2].texts[0].erased());
  EXPECT_TRUE(Put(Under(JudgementWrite(kHome, 3), 7, "other")).status.ok());

  const auto retract = [](uint64_t number) {
    Write retraction = Texted(CorrectionWrite(kHome, 10, number), {"reason"}, "she said");
    retraction.row.kind = v1::RECORD_KIND_RETRACTION;
    retraction.row.id.clear();
    return Under(retraction, 8, "retraction");
  };
  const WriteResult retracted = Put(retract(1));
  ASSERT_TRUE(retracted.written);
  ASSERT_TRUE(Put(ErasureWrite(kHome, 1)).written);
  EXPECT_EQ(Put(retract(1)).record.position, retracted.record.position);
  EXPECT_EQ(errors::Reason(Put(retract(2)).status), "REQUEST_ID_REUSED");
}

TEST_P(RecordStoreContract, TellsWhetherARecordIsThere) {
  PutAll({LocationWrite(kHome), LocationWrite(kOtherHome), JudgementWrite(kHome, 1)});
  const auto holds = [&](absl::string_view subject, v1::RecordKind kind, uint64_t number) {
    return *store_->Holds(SubjectOf(subject), kind, Id(number));
  };
  EXPECT_TRUE(holds(kHome, v1::RECORD_KIND_JUDGEMENT, 1));
  EXPECT_FALSE(holds(kHome, v1::RECORD_KIND_JUDGEMENT, 2));
  EXPECT_FALSE(holds(kHome, v1::RECORD_KIND_OVERRIDE, 1));
  EXPECT_FALSE(holds(kOtherHome, v1::RECORD_KIND_JUDGEMENT, 1));
}

TEST_P(RecordStoreContract, OnlyARecordOfTheSubjectAndKindIsErased) {
  PutAll({LocationWrite(kHome), LocationWrite(kOtherHome), JudgementWrite(kHome, 1)});
  EXPECT_EQ(errors::Reason(Put(ErasureWrite(kHome, 9)).status), "JUDGEMENT_NOT_FOUND");
  EXPECT_EQ(errors::Reason(Put(ErasureWrite(kOtherHome, 1)).status), "JUDGEMENT_NOT_FOUND");
  Write action = ErasureWrite(kHome, 1);
  action.erases_kind = v1::RECORD_KIND_REGULATORY_ACTION;
  EXPECT_EQ(errors::Reason(Put(action).status), "ACTION_NOT_FOUND");
  // Refused with its batch it destroys nothing.
  PutAll({Texted(JudgementWrite(kHome, 2), {"text"}, "kept")});
  PutAll({ErasureWrite(kHome, 2), JudgementWrite("locations/1-999", 3)});
  EXPECT_FALSE(HistoryOf(kHome).records.back().texts[0].erased());
}

TEST_P(RecordStoreContract, ARecordAndItsErasureMayComeInOneBatch) {
  const BatchResult both =
      PutAll({LocationWrite(kHome), Texted(JudgementWrite(kHome, 1), {"text"}, "brief"),
              ErasureWrite(kHome, 1)});
  ASSERT_TRUE(both.status.ok()) << both.status;
  EXPECT_TRUE(HistoryOf(kHome).records[1].texts[0].erased());
}

TEST_P(RecordStoreContract, AnAttachmentIsStoredOnceWithinItsRoot) {
  PutAll({LocationWrite(kHome), LocationWrite(kOtherHome)});
  const std::string bytes(100, 'b');
  EXPECT_EQ(Upload(*store_, kHome, bytes).value(), false);
  EXPECT_EQ(Upload(*store_, kHome, bytes).value(), true);
  EXPECT_EQ(Upload(*store_, kOtherHome, bytes).value(), false);
  EXPECT_EQ(Upload(*store_, kHome, "").value(), false) << "an empty file is a file";
  Reopen();
  EXPECT_EQ(Download(*store_, kHome, bytes).value(), bytes);
  EXPECT_EQ(Download(*store_, kHome, "").value(), "");
  EXPECT_EQ(errors::Reason(Download(*store_, kHome, "never sent").status()),
            "ATTACHMENT_NOT_FOUND");
  EXPECT_EQ(errors::Reason(Upload(*store_, "locations/1-999", bytes).status()),
            "LOCATION_NOT_FOUND");
}

TEST_P(RecordStoreContract, AnUploadThatIsNotWhatItSaidLeavesNothing) {
  Put(LocationWrite(kHome));
  const names::Subject root = SubjectOf(kHome);
  struct Case {
    const char* what;
    std::string said;
    int64_t size;
    std::string sent;
  };
  for (const Case& c : {Case{"other bytes", "aaaa", 4, "aaab"}, Case{"too few", "aaaa", 4, "aaa"},
                        Case{"too many", "aaaa", 4, "aaaaa"}, Case{"none", "aaaa", 4, ""}}) {
    auto writer = store_->WriteAttachment(root, digest::Sha256(c.said), c.size);
    ASSERT_TRUE(writer.ok());
    absl::Status status = (*writer)->Write(c.sent);
    if (status.ok()) status = (*writer)->Finish().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.what;
    writer->reset();
    EXPECT_EQ(errors::Reason(store_->ReadAttachment(root, digest::Sha256(c.said)).status()),
              "ATTACHMENT_NOT_FOUND")
        << c.what;
  }
  for (const int64_t size : {int64_t{-1}, kMaxAttachmentBytes + 1}) {
    EXPECT_EQ(store_->WriteAttachment(root, digest::Digest(), size).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_P(RecordStoreContract, TwoUploadsOfTheSameBytesAtOnceAreStoredOnce) {
  Put(LocationWrite(kHome));
  const names::Subject root = SubjectOf(kHome);
  auto first = store_->WriteAttachment(root, digest::Sha256("abc"), 3).value();
  auto second = store_->WriteAttachment(root, digest::Sha256("abc"), 3).value();
  ASSERT_TRUE(first->Write("ab").ok());
  ASSERT_TRUE(second->Write("abc").ok());
  ASSERT_TRUE(first->Write("c").ok());
  EXPECT_EQ(second->Finish().value(), false);
  EXPECT_EQ(first->Finish().value(), true);
  first.reset();
  EXPECT_EQ(Download(*store_, kHome, "abc").value(), "abc");
}

TEST_P(RecordStoreContract, ARecordNamesOnlyWhatWasUploaded) {
  PutAll({LocationWrite(kHome), ServiceWrite(kHomeService), LocationWrite(kOtherHome)});
  ASSERT_TRUE(Upload(*store_, kHome, "file").ok());
  EXPECT_TRUE(Put(Naming(JudgementWrite(kHome, 1), {"file"})).written);
  EXPECT_TRUE(Put(Naming(JudgementWrite(kHomeService, 2), {"file"})).written);
  EXPECT_EQ(errors::Reason(Put(Naming(JudgementWrite(kHome, 3), {"file", "gone"})).status),
            "ATTACHMENT_NOT_FOUND");
  EXPECT_EQ(errors::Reason(Put(Naming(JudgementWrite(kOtherHome, 4), {"file"})).status),
            "ATTACHMENT_NOT_FOUND");
}

TEST_P(RecordStoreContract, ASharedAttachmentGoesWithItsLastRecord) {
  PutAll({LocationWrite(kHome), ServiceWrite(kHomeService)});
  ASSERT_TRUE(Upload(*store_, kHome, "shared").ok());
  ASSERT_TRUE(Upload(*store_, kHome, "own").ok());
  PutAll({Naming(JudgementWrite(kHome, 1), {"shared", "own"}),
          Naming(JudgementWrite(kHomeService, 2), {"shared"})});
  auto reading = store_->ReadAttachment(SubjectOf(kHome), digest::Sha256("own")).value();
  ASSERT_TRUE(Put(ErasureWrite(kHome, 1)).written);
  EXPECT_EQ(errors::Reason(Download(*store_, kHome, "own").status()), "ATTACHMENT_NOT_FOUND");
  EXPECT_EQ(errors::Reason(reading->Next().status()), "ATTACHMENT_NOT_FOUND");
  EXPECT_EQ(Download(*store_, kHome, "shared").value(), "shared");
  ASSERT_TRUE(Put(ErasureWrite(kHomeService, 2)).written);
  EXPECT_EQ(errors::Reason(Download(*store_, kHome, "shared").status()), "ATTACHMENT_NOT_FOUND");
  // It may be uploaded anew.
  EXPECT_EQ(Upload(*store_, kHome, "shared").value(), false);
}

TEST_P(RecordStoreContract, WhatNoRecordNamesGoesAfterADay) {
  Put(LocationWrite(kHome));
  ASSERT_TRUE(Upload(*store_, kHome, "named").ok());
  ASSERT_TRUE(Upload(*store_, kHome, "forgotten").ok());
  Put(Naming(JudgementWrite(kHome, 1), {"named"}));
  clock_.Advance(absl::Hours(23));
  Reopen();
  EXPECT_TRUE(Download(*store_, kHome, "forgotten").ok());
  clock_.Advance(absl::Hours(2));
  Reopen();
  EXPECT_FALSE(Download(*store_, kHome, "forgotten").ok());
  EXPECT_TRUE(Download(*store_, kHome, "named").ok());
}

TEST_P(RecordStoreContract, EachSubjectIsAChainOfLeavesInItsPartitionsLog) {
  std::vector<Write> writes = {LocationWrite(kHome), ServiceWrite(kHomeService)};
  for (uint64_t number = 1; number <= 300; ++number) {
    writes.push_back(JudgementWrite(number % 3 == 0 ? kHomeService : kHome, number));
  }
  ASSERT_TRUE(PutAll(std::move(writes)).status.ok());
  // A refused batch leaves no leaf.
  EXPECT_FALSE(
      PutAll({JudgementWrite(kHome, 400), JudgementWrite("locations/9-9", 1)}).status.ok());
  Put(Texted(JudgementWrite(kHomeService, 401), {"text"}, "late"));
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    for (const char* subject : {kHome, kHomeService}) {
      SubjectRecords history = HistoryOf(subject);
      EXPECT_TRUE(CheckChain(history.records, history.head).ok()) << subject;
      EXPECT_EQ(history.head, history.records.back().leaf);
      EXPECT_EQ(history.subject_counter, history.records.back().position.counter);
      // Any change breaks it.
      history.records[5].payload += "x";
      EXPECT_FALSE(CheckChain(history.records, history.head).ok());
      history = HistoryOf(subject);
      std::swap(history.records[5], history.records[6]);
      EXPECT_FALSE(CheckChain(history.records, history.head).ok());
      history = HistoryOf(subject);
      history.records.pop_back();
      EXPECT_FALSE(CheckChain(history.records, history.head).ok());
    }
    CheckLogs();
    EXPECT_EQ(store_->LogHashes(PartitionOf(kHome), 0, 303, 1).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

TEST_P(RecordStoreContract, ARecordTellsWhatTookItsPlace) {
  PutAll({LocationWrite(kHome, "a"), JudgementWrite(kHome, 1), LocationWrite(kHome, "b")});
  Put(CorrectionWrite(kHome, 2, 1));
  const SubjectRecords history = HistoryOf(kHome);
  std::vector<int64_t> by;
  for (const StoredRecord& record : history.records) by.push_back(record.superseded_by);
  EXPECT_THAT(by, ElementsAre(3, 4, 0, 0));
}

}  // namespace assay::evidence
