#include "services/evidence/storage/sqlite/facts.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/storage/sqlite/rows.h"

namespace assay::evidence::sqlite {
namespace {

// Subjects that are remembered; forgetting them costs a look-up each.
constexpr size_t kMaxKnownSubjects = 200000;

// Bytes by which origins of one subject begin alike (core/fingerprint.h), and how many sources of a
// subject are read at once.
constexpr size_t kOriginPrefix = 4;
constexpr int64_t kMaxNeighbours = 512;

}  // namespace

absl::StatusOr<std::unique_ptr<Facts>> Facts::Make(Database& database) {
  std::unique_ptr<Facts> facts(new Facts(database));
  absl::Status status = facts->LoadPartitions();
  if (status.ok()) status = facts->CheckPartitions();
  if (status.ok()) status = facts->PrepareAll();
  if (!status.ok()) return status;
  return facts;
}

absl::Status Facts::PrepareAll() {
  const std::pair<Statement*, const char*> all[] = {
      {&find_request_,
       "SELECT fingerprint, revision FROM request WHERE partition_id = ?1 AND request_id = ?2"},
      {&find_source_,
       "SELECT body, revision FROM source_reference WHERE partition_id = ?1 AND origin = ?2 "
       "ORDER BY revision"},
      {&find_neighbours_,
       "SELECT origin, body, revision FROM source_reference WHERE partition_id = ?1 "
       "AND origin >= ?2 AND origin < ?3 ORDER BY origin, revision LIMIT ?4"},
      {&find_subject_,
       "SELECT state, newest, leaf FROM subject WHERE partition_id = ?1 AND name = ?2"},
      {&find_record_,
       "SELECT revision FROM record INDEXED BY record_subject "
       "WHERE partition_id = ?1 AND subject = ?2 AND id = ?3"},
      {&count_services_,
       "SELECT count(*) FROM (SELECT 1 FROM registry WHERE partition_id = ?1 AND name > ?2 "
       "AND name < ?3 LIMIT ?4)"},
      {&find_attachment_,
       "SELECT 1 FROM attachment WHERE partition_id = ?1 AND root = ?2 AND digest = ?3"},
      {&read_record_, "SELECT " ASSAY_RECORD_COLUMNS
                      " FROM record AS r WHERE r.partition_id = ?1 AND r.revision = ?2"},
  };
  for (const auto& [statement, sql] : all) {
    absl::StatusOr<Statement> made = database_.Prepare(sql);
    if (!made.ok()) return made.status();
    *statement = *std::move(made);
  }
  return absl::OkStatus();
}

absl::Status Facts::LoadPartitions() {
  absl::StatusOr<Statement> kept =
      database_.Prepare("SELECT partition_id, revision, recorded_us, log FROM partition_revision");
  if (!kept.ok()) return kept.status();
  absl::StatusOr<bool> row = kept->Step();
  for (; row.ok() && *row; row = kept->Step()) {
    const int64_t partition = kept->ColumnInt(0);
    absl::StatusOr<digest::CompactRange> log =
        digest::CompactRange::FromBytes(kept->ColumnInt(1), kept->ColumnBytes(3));
    if (partition < 0 || partition >= kPartitions || !log.ok()) {
      return errors::Corrupt(kStoreWords,
                             absl::StrCat("partition ", partition, ": ", log.status().message()));
    }
    partitions_[static_cast<size_t>(partition)] = {kept->ColumnInt(1), kept->ColumnInt(2),
                                                   *std::move(log)};
  }
  return row.status();
}

absl::Status Facts::CheckPartitions() {
  absl::StatusOr<Statement> newest = database_.Prepare(
      "SELECT revision, recorded_us FROM record WHERE partition_id = ?1 "
      "ORDER BY revision DESC LIMIT 1");
  if (!newest.ok()) return newest.status();
  for (int32_t number = 0; number < kPartitions; ++number) {
    const Use use(*newest);
    const absl::StatusOr<bool> row = newest->Int(1, number).Step();
    if (!row.ok()) return row.status();
    const int64_t counter = *row ? newest->ColumnInt(0) : 0;
    const int64_t recorded_us = *row ? newest->ColumnInt(1) : 0;
    if (counter != partition(number).counter || recorded_us != partition(number).recorded_us) {
      return errors::Corrupt(
          kStoreWords, absl::StrCat("partition ", number, " counts ", partition(number).counter,
                                    ", its log ", counter));
    }
  }
  return absl::OkStatus();
}

void Facts::Committed(const Plan& plan) {
  for (const auto& [number, state] : plan.partitions) {
    partitions_[static_cast<size_t>(number)] = state;
  }
  if (subjects_.size() + plan.subjects.size() > kMaxKnownSubjects) subjects_.clear();
  for (const Plan::Subject& subject : plan.subjects) {
    subjects_[subject.name] = subject.state;
  }
}

absl::StatusOr<PartitionState> Facts::FindPartition(int32_t partition) {
  return partitions_[static_cast<size_t>(partition)];
}

absl::StatusOr<absl::optional<FactSource::Request>> Facts::FindRequest(
    int32_t partition, absl::string_view request_id) {
  absl::optional<Request> answer;
  const Use use(find_request_);
  const absl::StatusOr<bool> row = use->Int(1, partition).Blob(2, request_id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return answer;
  answer.emplace();
  answer->fingerprint = std::string(use->ColumnBytes(0));
  answer->counter = use->ColumnInt(1);
  return answer;
}

absl::StatusOr<std::vector<FactSource::Source>> Facts::FindSource(int32_t partition,
                                                                  absl::string_view origin) {
  const absl::string_view prefix = origin.substr(0, kOriginPrefix);
  const auto [at, first] = sources_.try_emplace({partition, std::string(prefix)});
  Neighbours& neighbours = at->second;
  // One read for each that comes alone, one for all where a group asks for several of a subject.
  if (!first && !neighbours.tried) {
    neighbours.tried = true;
    const absl::Status read = ReadNeighbours(partition, prefix, neighbours);
    if (!read.ok()) return read;
  }
  if (!neighbours.whole) return ReadSources(partition, origin);
  const auto found = neighbours.sources.find(origin);
  return found == neighbours.sources.end() ? std::vector<Source>() : found->second;
}

absl::Status Facts::ReadNeighbours(int32_t partition, absl::string_view prefix,
                                   Neighbours& neighbours) {
  // The first bytes that no origin with this prefix reaches; none where the prefix is all ones.
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (end.empty()) return absl::OkStatus();
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  const Use use(find_neighbours_);
  use->Int(1, partition).Blob(2, prefix).Blob(3, end).Int(4, kMaxNeighbours);
  int64_t rows = 0;
  absl::StatusOr<bool> row = use->Step();
  for (; row.ok() && *row; row = use->Step()) {
    neighbours.sources[use->ColumnBytes(0)].push_back(
        {std::string(use->ColumnBytes(1)), use->ColumnInt(2)});
    ++rows;
  }
  if (!row.ok()) return row.status();
  neighbours.whole = rows < kMaxNeighbours;
  if (!neighbours.whole) neighbours.sources.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FactSource::Source>> Facts::ReadSources(int32_t partition,
                                                                   absl::string_view origin) {
  std::vector<Source> sources;
  const Use use(find_source_);
  absl::StatusOr<bool> row = use->Int(1, partition).Blob(2, origin).Step();
  for (; row.ok() && *row; row = use->Step()) {
    sources.push_back({std::string(use->ColumnBytes(0)), use->ColumnInt(1)});
  }
  if (!row.ok()) return row.status();
  return sources;
}

absl::StatusOr<SubjectState> Facts::FindSubject(int32_t partition, absl::string_view subject) {
  const auto known = subjects_.find(subject);
  if (known != subjects_.end()) return known->second;
  const Use use(find_subject_);
  const absl::StatusOr<bool> row = use->Int(1, partition).Text(2, subject).Step();
  if (!row.ok()) return row.status();
  SubjectState state;
  if (!*row) return state;
  const absl::StatusOr<digest::Digest> head = DigestOf(use->ColumnBytes(2));
  if (!head.ok()) return head.status();
  state = {use->ColumnInt(0), use->ColumnInt(1), *head};
  if (subjects_.size() >= kMaxKnownSubjects) subjects_.clear();
  subjects_.emplace(subject, state);
  return state;
}

absl::StatusOr<int64_t> Facts::FindRecord(int32_t partition, absl::string_view subject,
                                          absl::string_view id) {
  const Use use(find_record_);
  const absl::StatusOr<bool> row = use->Int(1, partition).Text(2, subject).Blob(3, id).Step();
  if (!row.ok()) return row.status();
  return *row ? use->ColumnInt(0) : 0;
}

absl::StatusOr<int64_t> Facts::CountServices(int32_t partition, absl::string_view location,
                                             int64_t at_most) {
  // Their names stand between these: '0' follows '/'.
  const std::string first = absl::StrCat(location, "/services/");
  const std::string last = absl::StrCat(location, "/services0");
  const Use use(count_services_);
  use->Int(1, partition).Text(2, first).Text(3, last).Int(4, at_most);
  const absl::StatusOr<bool> row = use->Step();
  if (!row.ok()) return row.status();
  return use->ColumnInt(0);
}

absl::StatusOr<bool> Facts::HasAttachment(int32_t partition, absl::string_view root,
                                          const digest::Digest& digest) {
  const Use use(find_attachment_);
  return use->Int(1, partition).Text(2, root).Blob(3, digest.bytes()).Step();
}

absl::StatusOr<StoredRecord> Facts::ReadRecord(int32_t partition, int64_t counter) {
  const Use use(read_record_);
  use->Int(1, partition).Int(2, counter);
  absl::StatusOr<absl::optional<StoredRecord>> stored = FirstRow(database_, read_record_);
  if (!stored.ok()) return stored.status();
  if (stored->has_value()) return **std::move(stored);
  return errors::Corrupt(kStoreWords,
                         absl::StrCat("partition ", partition, " lacks record ", counter));
}

}  // namespace assay::evidence::sqlite
