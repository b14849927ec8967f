#include "services/evidence/storage/sqlite/plan_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "services/common/names/subject_kind.h"
#include "services/evidence/storage/sqlite/attachments.h"

namespace assay::evidence::sqlite {

absl::StatusOr<std::unique_ptr<PlanWriter>> PlanWriter::Make(Database& database) {
  std::unique_ptr<PlanWriter> writer(new PlanWriter(database));
  const absl::Status prepared = writer->PrepareAll();
  if (!prepared.ok()) return prepared;
  return writer;
}

absl::Status PlanWriter::PrepareAll() {
  struct Bulk {
    BulkInsert* insert;
    const char* table;
    size_t columns;
  };
  for (const Bulk& bulk : {Bulk{&records_, "record", 13}, Bulk{&texts_, "record_text", 7},
                           Bulk{&uses_, "attachment_use", 4}, Bulk{&requests_, "request", 4},
                           Bulk{&sources_, "source_reference", 4}}) {
    absl::StatusOr<BulkInsert> made = BulkInsert::Make(database_, bulk.table, bulk.columns);
    if (!made.ok()) return made.status();
    *bulk.insert = *std::move(made);
  }
  const std::pair<Statement*, const char*> all[] = {
      {&put_supersession_,
       "UPDATE record SET superseded_by = ?3 WHERE partition_id = ?1 AND revision = ?2"},
      {&put_registry_,
       "INSERT OR REPLACE INTO registry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"},
      {&drop_areas_, "DELETE FROM location_area WHERE partition_id = ?1 AND location = ?2"},
      {&add_area_, "INSERT INTO location_area VALUES (?1, ?2, ?3, ?4, ?5)"},
      {&put_subject_,
       "INSERT INTO subject VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT(partition_id, name) "
       "DO UPDATE SET state = ?3, newest = ?4, leaf = ?5"},
      {&put_partition_,
       "INSERT INTO partition_revision VALUES (?1, ?2, ?3, ?4) ON CONFLICT(partition_id) "
       "DO UPDATE SET revision = ?2, recorded_us = ?3, log = ?4"},
      {&add_tile_, "INSERT INTO log_tile VALUES (?1, ?2, ?3)"},
  };
  for (const auto& [statement, sql] : all) {
    absl::StatusOr<Statement> made = database_.Prepare(sql);
    if (!made.ok()) return made.status();
    *statement = *std::move(made);
  }
  return absl::OkStatus();
}

absl::Status PlanWriter::Write(const Plan& plan) {
  absl::Status status = WriteRecords(plan);
  if (status.ok()) status = WriteReferences(plan);
  for (const Plan::State& state : plan.states) {
    if (status.ok()) status = WriteState(state);
  }
  if (status.ok()) status = WriteHeads(plan);
  for (const Plan::Erasure& erasure : plan.erasures) {
    if (status.ok()) status = Erase(erasure);
  }
  return status;
}

absl::Status PlanWriter::WriteRecords(const Plan& plan) {
  // In the order of their key: neighbours then share a page.
  std::vector<const Plan::Record*> order;
  order.reserve(plan.records.size());
  for (const Plan::Record& record : plan.records) order.push_back(&record);
  std::stable_sort(order.begin(), order.end(), [](const Plan::Record* a, const Plan::Record* b) {
    return a->row->partition < b->row->partition;
  });
  absl::Status status =
      records_.Run(order.size(), [&](Statement& statement, int first, size_t index) {
        const Plan::Record& record = *order[index];
        const RecordRow& row = *record.row;
        statement.Int(first, row.partition)
            .Int(first + 1, record.counter)
            .Int(first + 2, record.recorded_us)
            .Int(first + 3, row.kind)
            .Text(first + 4, row.subject)
            .Blob(first + 5, row.id)
            .Int(first + 6, row.place)
            .Int(first + 7, row.effective)
            .Int(first + 8, row.assessed ? 1 : 0)
            .Int(first + 9, static_cast<int64_t>(row.texts.size()))
            .Blob(first + 10, record.leaf.bytes())
            .Int(first + 11, 0)
            .Blob(first + 12, row.payload);
      });
  if (!status.ok()) return status;
  return WriteBesides(plan);
}

absl::Status PlanWriter::WriteBesides(const Plan& plan) {
  std::vector<std::pair<const Plan::Record*, const SealedText*>> texts;
  std::vector<std::pair<const Plan::Record*, const digest::Digest*>> uses;
  for (const Plan::Record& record : plan.records) {
    for (const SealedText& text : record.row->texts) texts.emplace_back(&record, &text);
    for (const digest::Digest& use : record.row->attachments) uses.emplace_back(&record, &use);
  }
  absl::Status status = texts_.Run(texts.size(), [&](Statement& statement, int first, size_t at) {
    const auto& [record, text] = texts[at];
    statement.Int(first, record->row->partition)
        .Int(first + 1, record->counter)
        .Text(first + 2, text->field)
        .Blob(first + 3, text->commitment.bytes())
        .Blob(first + 4, text->salt)
        .Blob(first + 5, text->bytes)
        .Int(first + 6, 0);
  });
  if (!status.ok()) return status;
  return uses_.Run(uses.size(), [&](Statement& statement, int first, size_t at) {
    const auto& [record, digest] = uses[at];
    statement.Int(first, record->row->partition)
        .Text(first + 1, names::RootOfWellFormed(record->row->subject))
        .Blob(first + 2, digest->bytes())
        .Int(first + 3, record->counter);
  });
}

absl::Status PlanWriter::WriteReferences(const Plan& plan) {
  absl::Status status =
      requests_.Run(plan.requests.size(), [&](Statement& statement, int first, size_t at) {
        const Plan::Request& request = plan.requests[at];
        statement.Int(first, request.partition)
            .Blob(first + 1, request.request_id)
            .Blob(first + 2, request.fingerprint.bytes())
            .Int(first + 3, request.counter);
      });
  if (!status.ok()) return status;
  status = sources_.Run(plan.sources.size(), [&](Statement& statement, int first, size_t at) {
    const Plan::Source& source = plan.sources[at];
    statement.Int(first, source.partition)
        .Blob(first + 1, source.origin)
        .Blob(first + 2, source.body)
        .Int(first + 3, source.counter);
  });
  for (const Plan::Supersession& one : plan.supersessions) {
    if (!status.ok()) break;
    status = put_supersession_.Int(1, one.partition).Int(2, one.counter).Int(3, one.by).Run();
  }
  return status;
}

absl::Status PlanWriter::WriteState(const Plan::State& state) {
  const RecordRow& row = *state.row;
  const RegistryRow& registry = *state.registry;
  put_registry_.Int(1, row.partition)
      .Text(2, row.subject)
      .Int(3, row.kind)
      .Int(4, state.counter)
      .Text(6, registry.sector)
      .Int(7, registry.from)
      .Int(8, registry.before)
      .Int(9, registry.area_kind);
  // NULL keeps what has no provider out of the index by provider.
  if (registry.provider.empty()) {
    put_registry_.Null(5);
  } else {
    put_registry_.Text(5, registry.provider);
  }
  absl::Status status = put_registry_.Run();
  if (!status.ok() || row.kind != v1::RECORD_KIND_LOCATION) return status;
  if (state.replaces) status = drop_areas_.Int(1, row.partition).Text(2, row.subject).Run();
  for (const AreaRow& area : registry.areas) {
    if (!status.ok()) break;
    status = add_area_.Int(1, row.partition)
                 .Text(2, row.subject)
                 .Text(3, area.area)
                 .Int(4, area.from)
                 .Int(5, area.before)
                 .Run();
  }
  return status;
}

absl::Status PlanWriter::WriteHeads(const Plan& plan) {
  absl::Status status;
  for (const Plan::Subject& subject : plan.subjects) {
    status = put_subject_.Int(1, subject.partition)
                 .Text(2, subject.name)
                 .Int(3, subject.state.state)
                 .Int(4, subject.state.newest)
                 .Blob(5, subject.state.head.bytes())
                 .Run();
    if (!status.ok()) return status;
  }
  for (const auto& [partition, state] : plan.partitions) {
    const std::string log = state.log.Bytes();
    status = put_partition_.Int(1, partition)
                 .Int(2, state.counter)
                 .Int(3, state.recorded_us)
                 .Blob(4, log)
                 .Run();
    if (!status.ok()) return status;
  }
  for (const Plan::Tile& tile : plan.tiles) {
    status = add_tile_.Int(1, tile.partition).Int(2, tile.index).Blob(3, tile.root.bytes()).Run();
    if (!status.ok()) return status;
  }
  return status;
}

absl::Status PlanWriter::Erase(const Plan::Erasure& erasure) {
  const Position& position = erasure.position;
  const absl::StatusOr<Statement*> texts = database_.Cached(
      "UPDATE record_text SET salt = x'', bytes = x'', erased_us = ?3"
      " WHERE partition_id = ?1 AND revision = ?2 AND salt <> x''");
  if (!texts.ok()) return texts.status();
  absl::Status status =
      (*texts)->Int(1, position.partition).Int(2, position.counter).Int(3, erasure.erased_us).Run();
  if (!status.ok()) return status;
  const absl::StatusOr<Statement*> requests = database_.Cached(
      "UPDATE request SET fingerprint = x'' WHERE partition_id = ?1 AND revision = ?2");
  if (!requests.ok()) return requests.status();
  status = (*requests)->Int(1, position.partition).Int(2, position.counter).Run();
  if (status.ok()) status = EraseSource(position);
  if (!status.ok()) return status;
  return EraseUses(position);
}

absl::Status PlanWriter::EraseSource(const Position& position) {
  const absl::StatusOr<Statement*> find =
      database_.Cached("SELECT kind, place FROM record WHERE partition_id = ?1 AND revision = ?2");
  if (!find.ok()) return find.status();
  std::string body;
  {
    const Use use(**find);
    const absl::StatusOr<bool> row =
        use->Int(1, position.partition).Int(2, position.counter).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    body = ErasedBody(static_cast<v1::RecordKind>(use->ColumnInt(0)), use->ColumnInt(1));
  }
  const absl::StatusOr<Statement*> erase = database_.Cached(
      "UPDATE source_reference SET body = ?3 WHERE partition_id = ?1 AND revision = ?2");
  if (!erase.ok()) return erase.status();
  return (*erase)->Int(1, position.partition).Int(2, position.counter).Blob(3, body).Run();
}

absl::Status PlanWriter::EraseUses(const Position& position) {
  const absl::StatusOr<Statement*> find = database_.Cached(
      "DELETE FROM attachment_use WHERE partition_id = ?1 AND revision = ?2"
      " RETURNING root, digest");
  if (!find.ok()) return find.status();
  std::vector<std::pair<std::string, std::string>> uses;
  {
    const Use use(**find);
    absl::StatusOr<bool> row = use->Int(1, position.partition).Int(2, position.counter).Step();
    for (; row.ok() && *row; row = use->Step()) {
      uses.emplace_back(use->ColumnBytes(0), use->ColumnBytes(1));
    }
    if (!row.ok()) return row.status();
  }
  for (const auto& [root, digest] : uses) {
    absl::Status status = DropUnused(database_, position.partition, root, digest);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace assay::evidence::sqlite
