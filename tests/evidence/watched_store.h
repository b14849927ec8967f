#pragma once

// A real store whose reads a test looks at, and between which it writes.
//
// Thread safety: reads from one thread, as the test's own. Ownership: borrows what it notes into.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/evidence/storage/record_store.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {

// What a test sees of the reads.
struct ReadsSeen {
  // Called after each read of a subject, before its answer goes back.
  std::function<void()> after_read_subject;
  size_t largest_page = 0;
  size_t payload_bytes = 0;
  size_t text_bytes = 0;
  size_t reads = 0;

  void Note(const std::vector<StoredRecord>& records) {
    ++reads;
    largest_page = std::max(largest_page, records.size());
    for (const StoredRecord& record : records) {
      payload_bytes += record.payload.size();
      for (const SealedText& text : record.texts) text_bytes += text.bytes.size();
    }
  }
  void Forget() { largest_page = payload_bytes = text_bytes = reads = 0; }
};

class WatchedStore final : public RecordStore {
 public:
  WatchedStore(std::unique_ptr<RecordStore> store, ReadsSeen* seen)
      : store_(std::move(store)), seen_(seen) {}

  uint64_t epoch() const override { return store_->epoch(); }
  void Append(Batch batch, Done done) override {
    store_->Append(std::move(batch), std::move(done));
  }
  absl::StatusOr<absl::optional<StoredRecord>> Read(const names::Subject& subject,
                                                    v1::RecordKind kind,
                                                    absl::string_view id) override {
    return store_->Read(subject, kind, id);
  }
  absl::StatusOr<bool> Holds(const names::Subject& subject, v1::RecordKind kind,
                             absl::string_view id) override {
    return store_->Holds(subject, kind, id);
  }
  absl::StatusOr<SubjectRecords> ReadSubject(const names::Subject& subject,
                                             const SubjectQuery& query) override {
    auto read = store_->ReadSubject(subject, query);
    if (read.ok()) seen_->Note(read->records);
    if (seen_->after_read_subject) seen_->after_read_subject();
    return read;
  }
  absl::StatusOr<absl::optional<StoredRecord>> ReadCurrent(const names::Subject& subject) override {
    return store_->ReadCurrent(subject);
  }
  absl::StatusOr<std::vector<StoredRecord>> ListCurrent(const RegistryQuery& query) override {
    return store_->ListCurrent(query);
  }
  absl::Status ReadLog(int32_t partition, const LogQuery& query, TakeRecord take) override {
    std::vector<StoredRecord> records;
    absl::Status read = store_->ReadLog(partition, query, [&](const StoredRecord& record) {
      records.push_back(record);
      return take(record);
    });
    if (read.ok()) seen_->Note(records);
    return read;
  }
  std::vector<int64_t> Counters() const override { return store_->Counters(); }
  absl::Status Check() const override { return store_->Check(); }
  absl::Status Refresh() override { return store_->Refresh(); }
  absl::StatusOr<int64_t> CounterAt(int32_t partition, absl::Time known_at) override {
    return store_->CounterAt(partition, known_at);
  }
  absl::StatusOr<std::unique_ptr<AttachmentWriter>> WriteAttachment(const names::Subject& root,
                                                                    const digest::Digest& digest,
                                                                    int64_t size) override {
    return store_->WriteAttachment(root, digest, size);
  }
  absl::StatusOr<std::unique_ptr<AttachmentReader>> ReadAttachment(
      const names::Subject& root, const digest::Digest& digest) override {
    return store_->ReadAttachment(root, digest);
  }
  absl::StatusOr<std::vector<digest::CompactRange>> Logs() override { return store_->Logs(); }
  absl::StatusOr<std::vector<digest::Digest>> LogHashes(int32_t partition, int level, int64_t first,
                                                        int64_t count) override {
    return store_->LogHashes(partition, level, first, count);
  }
  uint64_t AddListener(std::function<void()> wake) override {
    return store_->AddListener(std::move(wake));
  }
  void RemoveListener(uint64_t key) override { store_->RemoveListener(key); }

 private:
  const std::unique_ptr<RecordStore> store_;
  ReadsSeen* const seen_;
};

// Opens a watched SQLite store. `seen` outlives it.
class WatchedHarness final : public EngineHarness {
 public:
  explicit WatchedHarness(ReadsSeen* seen) : seen_(seen) {}
  absl::StatusOr<std::unique_ptr<RecordStore>> Open(const clock::Clock& clock,
                                                    digest::RandomSource& random) override {
    auto store = sqlite_.Open(clock, random);
    if (!store.ok()) return store.status();
    return std::make_unique<WatchedStore>(*std::move(store), seen_);
  }

 private:
  SqliteHarness sqlite_;
  ReadsSeen* const seen_;
};

}  // namespace assay::evidence
