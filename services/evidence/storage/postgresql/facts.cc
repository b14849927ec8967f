#include "services/evidence/storage/postgresql/facts.h"

#include <algorithm>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/storage/postgresql/rows.h"

namespace assay::evidence::pg {
namespace {

using postgresql::Connection;
using postgresql::Result;
using postgresql::Statement;

// One upsert locks all rows in the order of its values, and makes those that are missing. It
// changes nothing, but its RETURNING shows the newest commit of whoever held the lock before.
Statement LockStatement(const std::vector<int32_t>& partitions) {
  Statement statement{
      "INSERT INTO partition_revision (partition_id, revision, recorded_us, log) VALUES ", {}};
  for (size_t at = 0; at < partitions.size(); ++at) {
    absl::StrAppend(&statement.sql, at == 0 ? "($" : ", ($", at + 1, ", 0, 0, '')");
    statement.params.Int4(partitions[at]);
  }
  statement.sql +=
      " ON CONFLICT (partition_id) DO UPDATE SET revision = partition_revision.revision"
      " RETURNING partition_id, revision, recorded_us, log";
  return statement;
}

// From so many keys on a round trip is worth it to ask for fewer.
constexpr size_t kStepsFrom = 64;

absl::Status Missing(int32_t partition, int64_t counter) {
  return errors::Corrupt("evidence store",
                         absl::StrCat("partition ", partition, " lacks record ", counter));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LoadedFacts>> LoadedFacts::Begin(Connection& connection,
                                                                const FactKeys& keys,
                                                                RequestIds request_ids) {
  std::unique_ptr<LoadedFacts> facts(new LoadedFacts(connection));
  const bool in_steps = keys.sources.size() + keys.states.size() >= kStepsFrom;
  facts->Ask({"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", {}}, &LoadedFacts::TakeNothing);
  facts->Ask(LockStatement(keys.partitions), &LoadedFacts::TakePartitions);
  if (request_ids == RequestIds::kLookedUp) facts->AskRequests(keys);
  facts->AskSubjects(keys);
  facts->AskNamed(keys.records);
  absl::Status status;
  if (in_steps) status = facts->Send();
  if (!status.ok()) return status;
  facts->AskSources(keys, in_steps);
  facts->AskStates(keys, in_steps);
  status = facts->Send();
  if (!status.ok()) return status;
  facts->AskFound();
  status = facts->Send();
  if (!status.ok()) return status;
  return facts;
}

void LoadedFacts::Ask(Statement statement, Take take) {
  asked_.push_back(std::move(statement));
  takers_.push_back(take);
}

absl::Status LoadedFacts::Send() {
  const absl::StatusOr<std::vector<Result>> results = connection_.Pipeline(asked_);
  if (!results.ok()) return results.status();
  for (size_t at = 0; at < results->size(); ++at) {
    const absl::Status taken = (this->*takers_[at])((*results)[at]);
    if (!taken.ok()) return taken;
  }
  asked_.clear();
  takers_.clear();
  return absl::OkStatus();
}

void LoadedFacts::AskEach(const char* sql, const std::vector<FactKeys::Key>& keys, bool bytes,
                          Take take) {
  std::vector<absl::string_view> values;
  for (size_t at = 0; at < keys.size(); ++at) {
    values.push_back(keys[at].value);
    if (at + 1 < keys.size() && keys[at + 1].partition == keys[at].partition) continue;
    Statement statement{sql, {}};
    statement.params.Int4(keys[at].partition);
    if (bytes) {
      statement.params.BytesArray(values);
    } else {
      statement.params.TextArray(values);
    }
    Ask(std::move(statement), take);
    values.clear();
  }
}

void LoadedFacts::AskRequests(const FactKeys& keys) {
  AskEach(
      "SELECT $1::int, request_id, fingerprint, revision FROM request"
      " WHERE partition_id = $1 AND request_id = ANY($2)",
      keys.requests, true, &LoadedFacts::TakeRequests);
}

void LoadedFacts::AskSubjects(const FactKeys& keys) {
  AskEach(
      "SELECT $1::int, name, state_revision, newest_revision, head FROM subject"
      " WHERE partition_id = $1 AND name = ANY($2)",
      keys.subjects, false, &LoadedFacts::TakeSubjects);
}

bool LoadedFacts::IsStored(const FactKeys::Key& subject) const {
  return subjects_.contains(Key(subject.partition, std::string(subject.value)));
}

void LoadedFacts::AskSources(const FactKeys& keys, bool of_stored) {
  std::vector<FactKeys::Key> origins;
  bool stored = true;
  for (size_t at = 0; at < keys.sources.size(); ++at) {
    const FactKeys::Key& subject = keys.sources[at].subject;
    if (of_stored && (at == 0 || !(keys.sources[at - 1].subject == subject))) {
      stored = IsStored(subject);
    }
    if (stored) origins.push_back({subject.partition, keys.sources[at].origin});
  }
  AskEach(
      "SELECT $1::int, origin, body, revision FROM source_reference"
      " WHERE partition_id = $1 AND origin = ANY($2) ORDER BY revision",
      origins, true, &LoadedFacts::TakeSources);
}

void LoadedFacts::AskStates(const FactKeys& keys, bool of_stored) {
  std::vector<FactKeys::Key> subjects;
  for (const FactKeys::Key& subject : keys.states) {
    if (!of_stored || IsStored(subject)) subjects.push_back(subject);
  }
  AskEach("SELECT " ASSAY_PG_RECORD_COLUMNS(
              "$1") " FROM subject AS s JOIN record AS r"
                    " ON r.partition_id = $1 AND r.revision = s.state_revision"
                    " WHERE s.partition_id = $1 AND s.name = ANY($2)",
          subjects, false, &LoadedFacts::TakeRecords);
}

void LoadedFacts::AskNamed(const std::vector<FactKeys::Named>& records) {
  std::map<int32_t, std::vector<absl::string_view>> ids;
  for (const FactKeys::Named& one : records) ids[one.subject.partition].push_back(one.id);
  for (const auto& [partition, values] : ids) {
    Statement statement{"SELECT " ASSAY_PG_RECORD_COLUMNS(
                            "$1") " FROM record AS r WHERE r.partition_id = $1 AND r.id = ANY($2)",
                        {}};
    statement.params.Int4(partition).BytesArray(values);
    Ask(std::move(statement), &LoadedFacts::TakeNamed);
  }
}

void LoadedFacts::AskFound() {
  std::map<int32_t, std::vector<int64_t>> found;
  for (const auto& [key, request] : requests_) found[key.first].push_back(request.counter);
  for (const auto& [key, sources] : sources_) {
    for (const Source& source : sources) found[key.first].push_back(source.counter);
  }
  for (const auto& [key, counter] : named_) found[key.first].push_back(counter);
  for (auto& [partition, counters] : found) {
    std::sort(counters.begin(), counters.end());
    counters.erase(std::unique(counters.begin(), counters.end()), counters.end());
    const auto known = [&, at = partition](int64_t counter) {
      return records_.contains({at, counter});
    };
    counters.erase(std::remove_if(counters.begin(), counters.end(), known), counters.end());
    if (counters.empty()) continue;
    Statement records{
        "SELECT " ASSAY_PG_RECORD_COLUMNS(
            "$1") " FROM record AS r WHERE r.partition_id = $1 AND r.revision = ANY($2)",
        {}};
    records.params.Int4(partition).Int8Array(counters);
    Ask(std::move(records), &LoadedFacts::TakeRecords);
  }
}

absl::Status LoadedFacts::TakeNothing(const Result& /*result*/) { return absl::OkStatus(); }

absl::Status LoadedFacts::TakePartitions(const Result& result) {
  for (int row = 0; row < result.rows(); ++row) {
    PartitionState state;
    state.counter = result.Int(row, 1);
    state.recorded_us = result.Int(row, 2);
    absl::StatusOr<digest::CompactRange> log =
        digest::CompactRange::FromBytes(state.counter, result.Bytes(row, 3));
    if (!log.ok()) return errors::Corrupt("evidence store", log.status().message());
    state.log = *std::move(log);
    partitions_.emplace(static_cast<int32_t>(result.Int(row, 0)), std::move(state));
  }
  return absl::OkStatus();
}

absl::Status LoadedFacts::TakeRequests(const Result& result) {
  for (int row = 0; row < result.rows(); ++row) {
    requests_.emplace(
        Key(static_cast<int32_t>(result.Int(row, 0)), std::string(result.Bytes(row, 1))),
        Request{std::string(result.Bytes(row, 2)), result.Int(row, 3)});
  }
  return absl::OkStatus();
}

absl::Status LoadedFacts::TakeSources(const Result& result) {
  for (int row = 0; row < result.rows(); ++row) {
    sources_[Key(static_cast<int32_t>(result.Int(row, 0)), std::string(result.Bytes(row, 1)))]
        .push_back({std::string(result.Bytes(row, 2)), result.Int(row, 3)});
  }
  return absl::OkStatus();
}

absl::Status LoadedFacts::TakeSubjects(const Result& result) {
  for (int row = 0; row < result.rows(); ++row) {
    const absl::StatusOr<digest::Digest> head = digest::Digest::FromBytes(result.Bytes(row, 4));
    if (!head.ok()) return errors::Corrupt("evidence store", "the head of a subject");
    subjects_.emplace(
        Key(static_cast<int32_t>(result.Int(row, 0)), std::string(result.Bytes(row, 1))),
        SubjectState{result.Int(row, 2), result.Int(row, 3), *head});
  }
  return absl::OkStatus();
}

absl::Status LoadedFacts::TakeRecords(const Result& result) {
  for (int row = 0; row < result.rows(); ++row) {
    absl::StatusOr<StoredRecord> record = RecordAt(result, row);
    if (!record.ok()) return record.status();
    const Place place(record->position.partition, record->position.counter);
    records_.emplace(place, *std::move(record));
  }
  return absl::OkStatus();
}

absl::Status LoadedFacts::TakeNamed(const Result& result) {
  for (int row = 0; row < result.rows(); ++row) {
    const auto partition = static_cast<int32_t>(result.Int(row, 0));
    named_.emplace(std::make_pair(partition, std::make_pair(std::string(result.Bytes(row, 4)),
                                                            std::string(result.Bytes(row, 5)))),
                   result.Int(row, 1));
  }
  return TakeRecords(result);
}

absl::StatusOr<PartitionState> LoadedFacts::FindPartition(int32_t partition) {
  const auto found = partitions_.find(partition);
  if (found != partitions_.end()) return found->second;
  return errors::Internal("evidence store", absl::StrCat("partition ", partition, " unlocked"));
}

absl::StatusOr<absl::optional<FactSource::Request>> LoadedFacts::FindRequest(
    int32_t partition, absl::string_view request_id) {
  absl::optional<Request> request;
  const auto found = requests_.find(Key(partition, std::string(request_id)));
  if (found != requests_.end()) request = found->second;
  return request;
}

absl::StatusOr<std::vector<FactSource::Source>> LoadedFacts::FindSource(int32_t partition,
                                                                        absl::string_view origin) {
  const auto found = sources_.find(Key(partition, std::string(origin)));
  return found == sources_.end() ? std::vector<Source>() : found->second;
}

absl::StatusOr<SubjectState> LoadedFacts::FindSubject(int32_t partition,
                                                      absl::string_view subject) {
  const auto found = subjects_.find(Key(partition, std::string(subject)));
  return found == subjects_.end() ? SubjectState() : found->second;
}

absl::StatusOr<int64_t> LoadedFacts::FindRecord(int32_t partition, absl::string_view subject,
                                                absl::string_view id) {
  const auto key = std::make_pair(partition, std::make_pair(std::string(subject), std::string(id)));
  const auto found = named_.find(key);
  if (found != named_.end()) return found->second;
  // One that a correction by source chose was not foreseen.
  AskNamed({{{partition, subject}, id}});
  const absl::Status status = Send();
  if (!status.ok()) return status;
  const auto now = named_.find(key);
  return now == named_.end() ? 0 : now->second;
}

absl::StatusOr<int64_t> LoadedFacts::CountServices(int32_t partition, absl::string_view location,
                                                   int64_t at_most) {
  Statement statement{
      "SELECT count(*) FROM (SELECT 1 FROM registry WHERE partition_id = $1 AND name > $2"
      " AND name < $3 LIMIT $4) AS services",
      {}};
  // Their names stand between these: '0' follows '/'.
  statement.params.Int4(partition).Text(absl::StrCat(location, "/services/"));
  statement.params.Text(absl::StrCat(location, "/services0")).Int8(at_most);
  const absl::StatusOr<Result> result = connection_.Query(statement);
  if (!result.ok()) return result.status();
  return result->Int(0, 0);
}

absl::StatusOr<bool> LoadedFacts::HasAttachment(int32_t partition, absl::string_view root,
                                                const digest::Digest& digest) {
  Statement statement{
      "SELECT 1 FROM attachment WHERE partition_id = $1 AND root = $2 AND digest = $3", {}};
  statement.params.Int4(partition).Text(root).Bytes(digest.bytes());
  const absl::StatusOr<Result> result = connection_.Query(statement);
  if (!result.ok()) return result.status();
  return result->rows() > 0;
}

absl::StatusOr<StoredRecord> LoadedFacts::ReadRecord(int32_t partition, int64_t counter) {
  const Place place(partition, counter);
  const auto found = records_.find(place);
  if (found != records_.end()) return found->second;
  Statement statement{"SELECT " ASSAY_PG_RECORD_COLUMNS(
                          "$1") " FROM record AS r WHERE r.partition_id = $1 AND r.revision = $2",
                      {}};
  statement.params.Int4(partition).Int8(counter);
  Ask(std::move(statement), &LoadedFacts::TakeRecords);
  const absl::Status status = Send();
  if (!status.ok()) return status;
  const auto now = records_.find(place);
  if (now == records_.end()) return Missing(partition, counter);
  return now->second;
}

}  // namespace assay::evidence::pg
