#include "services/evidence/storage/sqlite/log_writer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/evidence/core/etag.h"

namespace assay::evidence::sqlite {
namespace {

// Subjects that are remembered; forgetting them costs a look-up each.
constexpr size_t kMaxKnownSubjects = 200000;

errors::ResourceType TypeOfSubject(absl::string_view name) {
  if (absl::StartsWith(name, "providers/")) return errors::ResourceType::kProvider;
  if (absl::StartsWith(name, "areas/")) return errors::ResourceType::kArea;
  if (absl::StrContains(name, "/services/")) return errors::ResourceType::kService;
  return errors::ResourceType::kLocation;
}

errors::ResourceType TypeOfKind(v1::RecordKind kind) {
  return kind == v1::RECORD_KIND_REGULATORY_ACTION ? errors::ResourceType::kAction
                                                   : errors::ResourceType::kJudgement;
}

WriteResult Refused(absl::Status status) {
  WriteResult result;
  result.status = std::move(status);
  return result;
}

}  // namespace

absl::StatusOr<PartitionStates> LoadPartitions(Database& database) {
  PartitionStates states{};
  absl::StatusOr<Statement> kept =
      database.Prepare("SELECT partition_id, revision, recorded_us FROM partition_revision");
  if (!kept.ok()) return kept.status();
  absl::StatusOr<bool> row = kept->Step();
  for (; row.ok() && *row; row = kept->Step()) {
    const int64_t partition = kept->ColumnInt(0);
    if (partition < 0 || partition >= kPartitions) {
      return errors::Corrupt("evidence store", absl::StrCat("partition ", partition));
    }
    states[partition] = {kept->ColumnInt(1), kept->ColumnInt(2)};
  }
  if (!row.ok()) return row.status();
  absl::StatusOr<Statement> newest = database.Prepare(
      "SELECT revision, recorded_us FROM record WHERE partition_id = ?1 "
      "ORDER BY revision DESC LIMIT 1");
  if (!newest.ok()) return newest.status();
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    const Use use(*newest);
    row = newest->Int(1, partition).Step();
    if (!row.ok()) return row.status();
    const int64_t counter = *row ? newest->ColumnInt(0) : 0;
    const int64_t recorded_us = *row ? newest->ColumnInt(1) : 0;
    if (counter != states[partition].counter || recorded_us != states[partition].recorded_us) {
      return errors::Corrupt("evidence store",
                             absl::StrCat("partition ", partition, " counts ",
                                          states[partition].counter, ", its log ", counter));
    }
  }
  return states;
}

absl::StatusOr<std::unique_ptr<LogWriter>> LogWriter::Make(Database& database, uint64_t epoch) {
  std::unique_ptr<LogWriter> writer(new LogWriter(database, epoch));
  absl::StatusOr<PartitionStates> states = LoadPartitions(database);
  if (!states.ok()) return states.status();
  writer->partitions_ = *states;
  for (const PartitionState& state : *states) {
    writer->newest_us_ = std::max(writer->newest_us_, state.recorded_us);
  }
  const absl::Status prepared = writer->PrepareAll();
  if (!prepared.ok()) return prepared;
  return writer;
}

absl::Status LogWriter::PrepareAll() {
  const std::pair<Statement*, const char*> all[] = {
      {&sql_.find_request,
       "SELECT fingerprint, revision FROM request WHERE partition_id = ?1 AND request_id = ?2"},
      {&sql_.find_current, "SELECT revision FROM registry WHERE partition_id = ?1 AND name = ?2"},
      {&sql_.find_same,
       "SELECT revision FROM source_reference WHERE partition_id = ?1 AND origin = ?2 AND body = "
       "?3 "
       "ORDER BY revision"},
      {&sql_.find_origin,
       "SELECT revision FROM source_reference WHERE partition_id = ?1 AND origin = ?2 "
       "ORDER BY revision"},
      {&sql_.find_id, "SELECT revision FROM record_id WHERE partition_id = ?1 AND id = ?2"},
      {&sql_.find_supersession,
       "SELECT 1 FROM supersession WHERE partition_id = ?1 AND revision = ?2"},
      {&sql_.read_record,
       "SELECT recorded_us, kind, subject, payload FROM record "
       "WHERE partition_id = ?1 AND revision = ?2"},
      {&sql_.add_record, "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
      {&sql_.add_id, "INSERT INTO record_id VALUES (?1, ?2, ?3)"},
      {&sql_.add_request, "INSERT INTO request VALUES (?1, ?2, ?3, ?4)"},
      {&sql_.add_source, "INSERT INTO source_reference VALUES (?1, ?2, ?3, ?4)"},
      {&sql_.add_supersession, "INSERT INTO supersession VALUES (?1, ?2, ?3)"},
      {&sql_.put_registry,
       "INSERT OR REPLACE INTO registry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
      {&sql_.drop_areas, "DELETE FROM location_area WHERE partition_id = ?1 AND location = ?2"},
      {&sql_.add_area, "INSERT INTO location_area VALUES (?1, ?2, ?3, ?4, ?5)"},
      {&sql_.put_partition, "INSERT OR REPLACE INTO partition_revision VALUES (?1, ?2, ?3)"},
      {&sql_.savepoint, "SAVEPOINT batch"},
      {&sql_.release, "RELEASE batch"},
      {&sql_.rollback_to, "ROLLBACK TO batch"},
  };
  for (const auto& [statement, sql] : all) {
    absl::StatusOr<Statement> made = database_.Prepare(sql);
    if (!made.ok()) return made.status();
    *statement = *std::move(made);
  }
  return absl::OkStatus();
}

void LogWriter::Begin(int64_t now_us, int64_t floor_us) {
  now_us_ = now_us;
  floor_us_ = floor_us;
}

PartitionState& LogWriter::Touch(int32_t partition) {
  PartitionState& state = partitions_[partition];
  before_.emplace(partition, state);
  before_batch_.emplace(partition, state);
  return state;
}

absl::StatusOr<BatchResult> LogWriter::Apply(Batch& batch) {
  before_batch_.clear();
  // A single write checks everything before it writes anything, so only a batch needs the
  // savepoint.
  const bool guarded = !batch.allow_partial && batch.writes.size() > 1;
  if (guarded) {
    const absl::Status status = sql_.savepoint.Run();
    if (!status.ok()) return status;
  }
  BatchResult result;
  result.writes.reserve(batch.writes.size());
  for (Write& write : batch.writes) {
    absl::StatusOr<WriteResult> one = ApplyWrite(write);
    if (!one.ok()) return one.status();
    result.writes.push_back(*std::move(one));
    if (result.writes.back().status.ok() || batch.allow_partial) continue;
    result.status = result.writes.back().status;
    break;
  }
  absl::Status ended;
  if (guarded && !result.status.ok()) {
    ended = sql_.rollback_to.Run();
    for (const auto& [partition, state] : before_batch_) partitions_[partition] = state;
  }
  if (guarded && ended.ok()) ended = sql_.release.Run();
  if (!ended.ok()) return ended;
  return result;
}

absl::StatusOr<WriteResult> LogWriter::ApplyWrite(Write& write) {
  absl::StatusOr<absl::optional<WriteResult>> known = FirstAnswer(write);
  if (!known.ok()) return known.status();
  if (known->has_value()) return **std::move(known);

  int64_t superseded = 0;
  if (write.registry.has_value()) {
    known = SameState(write);
  } else {
    absl::StatusOr<absl::Status> refusal = CheckSubject(write);
    if (!refusal.ok()) return refusal.status();
    if (!refusal->ok()) return Refused(*std::move(refusal));
    known = SameSource(write);
  }
  if (!known.ok()) return known.status();
  if (known->has_value()) return **std::move(known);
  absl::StatusOr<absl::Status> refusal = ChooseSuperseded(write);
  if (refusal.ok() && refusal->ok()) refusal = CheckSuperseded(write, &superseded);
  if (!refusal.ok()) return refusal.status();
  if (!refusal->ok()) return Refused(*std::move(refusal));

  WriteResult result;
  result.written = true;
  if (write.implied_provider.has_value()) {
    const absl::Status added = AddImpliedProvider(*write.implied_provider, &result);
    if (!added.ok()) return added;
  }
  absl::StatusOr<StoredRecord> stored = AddRecord(write.row);
  if (!stored.ok()) return stored.status();
  const int64_t counter = stored->position.counter;
  result.record = *std::move(stored);
  absl::Status status = AddReferences(write, counter, superseded);
  if (status.ok() && write.registry.has_value()) {
    status = PutRegistry(write.row, *write.registry, counter);
  }
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<absl::optional<WriteResult>> LogWriter::FirstAnswer(const Write& write) {
  absl::optional<WriteResult> answer;
  if (write.request_id.empty()) return answer;
  int64_t counter = 0;
  {
    const Use use(sql_.find_request);
    const absl::StatusOr<bool> row =
        sql_.find_request.Int(1, write.row.partition).Blob(2, write.request_id).Step();
    if (!row.ok()) return row.status();
    if (!*row) return answer;
    if (sql_.find_request.ColumnBytes(0) != write.fingerprint.bytes()) {
      // The id in its text form is the caller's own; bytes are enough to tell it apart here.
      answer = Refused(errors::RequestIdReused(digest::HexEncode(write.request_id)));
      return answer;
    }
    counter = sql_.find_request.ColumnInt(1);
  }
  absl::StatusOr<WriteResult> first = Unchanged(write, counter, false);
  if (!first.ok()) return first.status();
  answer = *std::move(first);
  return answer;
}

absl::StatusOr<absl::optional<WriteResult>> LogWriter::SameState(const Write& write) {
  absl::optional<WriteResult> answer;
  const absl::StatusOr<Current> current = FindCurrent(write.row.partition, write.row.subject);
  if (!current.ok()) return current.status();
  if (!write.etag.empty()) {
    const Position position{write.row.partition, current->counter};
    if (!current->known || EtagOf(epoch_, position) != write.etag) {
      answer = Refused(errors::EtagMismatch(TypeOfSubject(write.row.subject), write.row.subject));
      return answer;
    }
  }
  if (!current->known) return answer;
  absl::StatusOr<StoredRecord> stored = ReadRecord(write.row.partition, current->counter);
  if (!stored.ok()) return stored.status();
  if (stored->payload != write.row.payload) return answer;
  absl::StatusOr<WriteResult> same = Unchanged(write, current->counter, true);
  if (!same.ok()) return same.status();
  answer = *std::move(same);
  return answer;
}

absl::StatusOr<absl::optional<WriteResult>> LogWriter::SameSource(const Write& write) {
  absl::optional<WriteResult> answer;
  if (write.origin.empty()) return answer;
  const bool correction = !write.supersedes.empty() || !write.wrong_origin.empty();
  int64_t counter = 0;
  {
    const Use use(sql_.find_same);
    use->Int(1, write.row.partition).Blob(2, write.origin).Blob(3, write.body);
    absl::StatusOr<bool> row = use->Step();
    for (; row.ok() && *row && counter == 0; row = use->Step()) {
      const absl::StatusOr<bool> gone =
          correction ? IsSuperseded(write.row.partition, use->ColumnInt(0)) : false;
      if (!gone.ok()) return gone.status();
      if (!*gone) counter = use->ColumnInt(0);
    }
    if (!row.ok()) return row.status();
  }
  if (counter == 0) return answer;
  absl::StatusOr<WriteResult> same = Unchanged(write, counter, true);
  if (!same.ok()) return same.status();
  answer = *std::move(same);
  return answer;
}

absl::StatusOr<absl::Status> LogWriter::ChooseSuperseded(Write& write) {
  if (write.wrong_origin.empty()) return absl::OkStatus();
  std::vector<StoredRecord> in_force;
  const Use use(sql_.find_origin);
  use->Int(1, write.row.partition).Blob(2, write.wrong_origin);
  absl::StatusOr<bool> row = use->Step();
  for (; row.ok() && *row; row = use->Step()) {
    const int64_t counter = use->ColumnInt(0);
    const absl::StatusOr<bool> gone = IsSuperseded(write.row.partition, counter);
    if (!gone.ok()) return gone.status();
    if (*gone) continue;
    absl::StatusOr<StoredRecord> stored = ReadRecord(write.row.partition, counter);
    if (!stored.ok()) return stored.status();
    in_force.push_back(*std::move(stored));
  }
  if (!row.ok()) return row.status();
  return write.choose(in_force, write);
}

absl::StatusOr<bool> LogWriter::IsSuperseded(int32_t partition, int64_t counter) {
  const Use use(sql_.find_supersession);
  return use->Int(1, partition).Int(2, counter).Step();
}

absl::StatusOr<WriteResult> LogWriter::Unchanged(const Write& write, int64_t counter,
                                                 bool note_request) {
  absl::StatusOr<StoredRecord> stored = ReadRecord(write.row.partition, counter);
  if (!stored.ok()) return stored.status();
  if (note_request) {
    const absl::Status status = AddRequest(write, counter);
    if (!status.ok()) return status;
  }
  WriteResult result;
  result.record = *std::move(stored);
  return result;
}

absl::StatusOr<absl::Status> LogWriter::CheckSubject(const Write& write) {
  if (known_subjects_.contains(write.row.subject)) return absl::OkStatus();
  const absl::StatusOr<Current> current = FindCurrent(write.row.partition, write.row.subject);
  if (!current.ok()) return current.status();
  if (!current->known) {
    return errors::NotFound(TypeOfSubject(write.row.subject), write.row.subject);
  }
  // What this transaction itself wrote may yet be rolled back.
  if (!registry_touched_) {
    if (known_subjects_.size() >= kMaxKnownSubjects) known_subjects_.clear();
    known_subjects_.insert(write.row.subject);
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Status> LogWriter::CheckSuperseded(const Write& write, int64_t* superseded) {
  if (write.supersedes.empty()) return absl::OkStatus();
  const absl::Status missing =
      errors::NotFound(TypeOfKind(write.supersedes_kind), write.supersedes_name);
  {
    const Use use(sql_.find_id);
    const absl::StatusOr<bool> row =
        sql_.find_id.Int(1, write.row.partition).Blob(2, write.supersedes).Step();
    if (!row.ok()) return row.status();
    if (!*row) return missing;
    *superseded = sql_.find_id.ColumnInt(0);
  }
  const absl::StatusOr<StoredRecord> stored = ReadRecord(write.row.partition, *superseded);
  if (!stored.ok()) return stored.status();
  if (stored->subject != write.row.subject || stored->kind != write.supersedes_kind) return missing;
  const absl::StatusOr<bool> gone = IsSuperseded(write.row.partition, *superseded);
  if (!gone.ok()) return gone.status();
  if (!*gone) return absl::OkStatus();
  return errors::AlreadySuperseded(TypeOfKind(write.supersedes_kind), write.supersedes_name);
}

absl::Status LogWriter::AddImpliedProvider(const RecordRow& provider, WriteResult* result) {
  const absl::StatusOr<Current> current = FindCurrent(provider.partition, provider.subject);
  if (!current.ok()) return current.status();
  if (current->known) return absl::OkStatus();
  const absl::StatusOr<StoredRecord> stored = AddRecord(provider);
  if (!stored.ok()) return stored.status();
  result->implied_provider = stored->position;
  RegistryRow registry;
  // Whether it is registered is not known, so no day finds it so.
  registry.from = kOpen;
  return PutRegistry(provider, registry, stored->position.counter);
}

absl::StatusOr<StoredRecord> LogWriter::AddRecord(const RecordRow& row) {
  PartitionState& state = Touch(row.partition);
  const int64_t counter = state.counter + 1;
  const int64_t recorded_us = std::max({now_us_, floor_us_ + 1, state.recorded_us + 1});
  absl::Status status = sql_.add_record.Int(1, row.partition)
                            .Int(2, counter)
                            .Int(3, recorded_us)
                            .Int(4, row.kind)
                            .Text(5, row.subject)
                            .Int(6, row.place)
                            .Int(7, row.effective)
                            .Int(8, row.assessed ? 1 : 0)
                            .Blob(9, row.payload)
                            .Run();
  if (status.ok() && !row.id.empty()) {
    status = sql_.add_id.Int(1, row.partition).Blob(2, row.id).Int(3, counter).Run();
  }
  if (!status.ok()) return status;
  state = {counter, recorded_us};
  newest_us_ = std::max(newest_us_, recorded_us);
  StoredRecord stored;
  stored.position = {row.partition, counter};
  stored.recorded = absl::FromUnixMicros(recorded_us);
  stored.kind = row.kind;
  stored.subject = row.subject;
  stored.payload = row.payload;
  return stored;
}

absl::Status LogWriter::AddReferences(const Write& write, int64_t counter, int64_t superseded) {
  absl::Status status = AddRequest(write, counter);
  if (status.ok() && !write.origin.empty()) {
    status = sql_.add_source.Int(1, write.row.partition)
                 .Blob(2, write.origin)
                 .Blob(3, write.body)
                 .Int(4, counter)
                 .Run();
  }
  if (status.ok() && superseded > 0) {
    status =
        sql_.add_supersession.Int(1, write.row.partition).Int(2, superseded).Int(3, counter).Run();
  }
  return status;
}

absl::Status LogWriter::AddRequest(const Write& write, int64_t counter) {
  if (write.request_id.empty()) return absl::OkStatus();
  return sql_.add_request.Int(1, write.row.partition)
      .Blob(2, write.request_id)
      .Blob(3, write.fingerprint.bytes())
      .Int(4, counter)
      .Run();
}

absl::Status LogWriter::PutRegistry(const RecordRow& row, const RegistryRow& registry,
                                    int64_t counter) {
  registry_touched_ = true;
  sql_.put_registry.Int(1, row.partition)
      .Text(2, row.subject)
      .Int(3, row.kind)
      .Int(4, counter)
      .Text(6, registry.sector)
      .Int(7, registry.from)
      .Int(8, registry.before)
      .Int(9, registry.area_kind);
  // NULL keeps what has no provider out of the index by provider.
  if (registry.provider.empty()) {
    sql_.put_registry.Null(5);
  } else {
    sql_.put_registry.Text(5, registry.provider);
  }
  absl::Status status = sql_.put_registry.Run();
  if (!status.ok() || row.kind != v1::RECORD_KIND_LOCATION) return status;
  status = sql_.drop_areas.Int(1, row.partition).Text(2, row.subject).Run();
  for (const AreaRow& area : registry.areas) {
    if (!status.ok()) break;
    status = sql_.add_area.Int(1, row.partition)
                 .Text(2, row.subject)
                 .Text(3, area.area)
                 .Int(4, area.from)
                 .Int(5, area.before)
                 .Run();
  }
  return status;
}

absl::StatusOr<LogWriter::Current> LogWriter::FindCurrent(int32_t partition,
                                                          absl::string_view name) {
  const Use use(sql_.find_current);
  const absl::StatusOr<bool> row = sql_.find_current.Int(1, partition).Text(2, name).Step();
  if (!row.ok()) return row.status();
  Current current;
  current.known = *row;
  if (*row) current.counter = sql_.find_current.ColumnInt(0);
  return current;
}

absl::StatusOr<StoredRecord> LogWriter::ReadRecord(int32_t partition, int64_t counter) {
  const Use use(sql_.read_record);
  const absl::StatusOr<bool> row = sql_.read_record.Int(1, partition).Int(2, counter).Step();
  if (!row.ok()) return row.status();
  if (!*row) {
    return errors::Corrupt("evidence store",
                           absl::StrCat("partition ", partition, " lacks record ", counter));
  }
  StoredRecord stored;
  stored.position = {partition, counter};
  stored.recorded = absl::FromUnixMicros(sql_.read_record.ColumnInt(0));
  stored.kind = static_cast<v1::RecordKind>(sql_.read_record.ColumnInt(1));
  stored.subject = std::string(sql_.read_record.ColumnBytes(2));
  stored.payload = std::string(sql_.read_record.ColumnBytes(3));
  return stored;
}

absl::Status LogWriter::Flush() {
  for (const auto& [partition, before] : before_) {
    const PartitionState& state = partitions_[partition];
    if (state.counter == before.counter) continue;
    const absl::Status status =
        sql_.put_partition.Int(1, partition).Int(2, state.counter).Int(3, state.recorded_us).Run();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void LogWriter::Committed() {
  before_.clear();
  registry_touched_ = false;
}

void LogWriter::RolledBack() {
  for (const auto& [partition, state] : before_) partitions_[partition] = state;
  Committed();
}

}  // namespace assay::evidence::sqlite
