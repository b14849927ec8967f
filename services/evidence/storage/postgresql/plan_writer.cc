#include "services/evidence/storage/postgresql/plan_writer.h"

#include <map>
#include <utility>
#include <vector>

#include "services/evidence/storage/postgresql/plan_rows.h"
#include "services/evidence/storage/postgresql/rows.h"

namespace assay::evidence::pg {
namespace {

using postgresql::Connection;
using postgresql::Result;
using postgresql::Rows;
using postgresql::Statement;
using postgresql::Type;

// From so many records on COPY is worth its round trips.
constexpr size_t kCopyFrom = 64;
// Rows of one INSERT: what it costs to parse grows with them.
constexpr size_t kRowsAStatement = 500;

void Append(std::vector<Statement> more, std::vector<Statement>& statements) {
  for (Statement& statement : more) statements.push_back(std::move(statement));
}

void AddSubjects(const Plan& plan, std::vector<Statement>& statements) {
  Rows rows("subject", {{"partition_id", Type::kInt4},
                        {"name", Type::kText},
                        {"state_revision", Type::kInt8},
                        {"newest_revision", Type::kInt8},
                        {"head", Type::kBytea}});
  for (const Plan::Subject& subject : plan.subjects) {
    rows.Int4(subject.partition)
        .Text(subject.name)
        .Int8(subject.state.state)
        .Int8(subject.state.newest)
        .Bytes(subject.state.head.bytes());
  }
  Append(rows.Inserts(kRowsAStatement,
                      "ON CONFLICT (partition_id, name) DO UPDATE SET state_revision = "
                      "EXCLUDED.state_revision, newest_revision = EXCLUDED.newest_revision, "
                      "head = EXCLUDED.head"),
         statements);
}

void AddPartitions(const Plan& plan, std::vector<Statement>& statements) {
  Rows rows("partition_revision", {{"partition_id", Type::kInt4},
                                   {"revision", Type::kInt8},
                                   {"recorded_us", Type::kInt8},
                                   {"log", Type::kBytea}});
  for (const auto& [partition, state] : plan.partitions) {
    rows.Int4(partition).Int8(state.counter).Int8(state.recorded_us).Bytes(state.log.Bytes());
  }
  Append(rows.Inserts(kPartitions,
                      "ON CONFLICT (partition_id) DO UPDATE SET revision = EXCLUDED.revision, "
                      "recorded_us = EXCLUDED.recorded_us, log = EXCLUDED.log"),
         statements);
}

// The newest state of each name alone: an upsert may not meet a row twice.
std::map<std::pair<int32_t, absl::string_view>, const Plan::State*> NewestStates(const Plan& plan) {
  std::map<std::pair<int32_t, absl::string_view>, const Plan::State*> newest;
  for (const Plan::State& state : plan.states) {
    newest[{state.row->partition, state.row->subject}] = &state;
  }
  return newest;
}

void AddStates(const Plan& plan, std::vector<Statement>& statements) {
  Rows states("registry", {{"partition_id", Type::kInt4},
                           {"kind", Type::kInt4},
                           {"revision", Type::kInt8},
                           {"from_day", Type::kInt4},
                           {"before_day", Type::kInt4},
                           {"area_kind", Type::kInt4},
                           {"name", Type::kText},
                           {"provider", Type::kText},
                           {"sector", Type::kText}});
  Rows areas("location_area", {{"partition_id", Type::kInt4},
                               {"from_day", Type::kInt4},
                               {"before_day", Type::kInt4},
                               {"location", Type::kText},
                               {"area", Type::kText}});
  std::map<int32_t, std::vector<absl::string_view>> locations;
  for (const auto& [key, state] : NewestStates(plan)) {
    const RegistryRow& registry = *state->registry;
    states.Int4(key.first)
        .Int4(state->row->kind)
        .Int8(state->counter)
        .Int4(registry.from)
        .Int4(registry.before)
        .Int4(registry.area_kind)
        .Text(key.second);
    // NULL keeps what has no provider out of the index by provider.
    OptionalBytes(registry.provider, states);
    states.Text(registry.sector);
    if (state->replaces && state->row->kind == v1::RECORD_KIND_LOCATION) {
      locations[key.first].push_back(key.second);
    }
    for (const AreaRow& area : registry.areas) {
      areas.Int4(key.first).Int4(area.from).Int4(area.before).Text(key.second).Text(area.area);
    }
  }
  for (const auto& [partition, names] : locations) {
    Statement drop{"DELETE FROM location_area WHERE partition_id = $1 AND location = ANY($2)", {}};
    drop.params.Int4(partition).TextArray(names);
    statements.push_back(std::move(drop));
  }
  Append(states.Inserts(kRowsAStatement,
                        "ON CONFLICT (partition_id, name) DO UPDATE SET kind = EXCLUDED.kind, "
                        "revision = EXCLUDED.revision, from_day = EXCLUDED.from_day, "
                        "before_day = EXCLUDED.before_day, area_kind = EXCLUDED.area_kind, "
                        "provider = EXCLUDED.provider, sector = EXCLUDED.sector"),
         statements);
  Append(areas.Inserts(kRowsAStatement), statements);
}

// Destroys what an erasure destroys, but for the texts: those want to be read first.
void AddErasure(const Position& erased, v1::RecordKind kind, int64_t place,
                std::vector<Statement>& statements) {
  const auto add = [&](const char* sql) -> postgresql::Params& {
    statements.push_back({sql, {}});
    return statements.back().params.Int4(erased.partition).Int8(erased.counter);
  };
  add("UPDATE request SET fingerprint = '' WHERE partition_id = $1 AND revision = $2 AND noted");
  add("UPDATE request SET fingerprint = '' WHERE partition_id = $1 AND request_id ="
      " (SELECT r.request_id FROM record AS r WHERE r.partition_id = $1 AND r.revision = $2)");
  add("UPDATE source_reference SET body = $3 WHERE partition_id = $1 AND revision = $2 AND origin ="
      " (SELECT r.origin FROM record AS r WHERE r.partition_id = $1 AND r.revision = $2)")
      .Bytes(ErasedBody(kind, place));
  // An attachment goes with the last record that names it.
  constexpr const char* kLast =
      " AND (a.root, a.digest) IN (SELECT u.root, u.digest FROM attachment_use AS u"
      " WHERE u.partition_id = $1 AND u.revision = $2)"
      " AND NOT EXISTS (SELECT 1 FROM attachment_use AS o WHERE o.partition_id = $1"
      " AND o.root = a.root AND o.digest = a.digest AND o.revision <> $2)";
  static const auto* const drop_pieces = new std::string(
      std::string("DELETE FROM attachment_piece WHERE partition_id = $1 AND upload_id IN"
                  " (SELECT a.upload_id FROM attachment AS a WHERE a.partition_id = $1") +
      kLast + ")");
  static const auto* const drop =
      new std::string(std::string("DELETE FROM attachment AS a WHERE a.partition_id = $1") + kLast);
  add(drop_pieces->c_str());
  add(drop->c_str());
  add("DELETE FROM attachment_use WHERE partition_id = $1 AND revision = $2");
}

absl::Status Erase(Connection& connection, const Plan& plan, std::vector<Statement>& statements) {
  std::vector<Statement> reads;
  for (const Plan::Erasure& erasure : plan.erasures) {
    const Position& erased = erasure.position;
    reads.push_back(
        {"SELECT r.kind, r.place, t.sealed FROM record AS r LEFT JOIN record_text AS t"
         " ON t.partition_id = $1 AND t.revision = $2"
         " WHERE r.partition_id = $1 AND r.revision = $2",
         {}});
    reads.back().params.Int4(erased.partition).Int8(erased.counter);
  }
  const absl::StatusOr<std::vector<Result>> found = connection.Pipeline(reads);
  if (!found.ok()) return found.status();
  for (size_t at = 0; at < found->size(); ++at) {
    const Result& row = (*found)[at];
    const Position& erased = plan.erasures[at].position;
    if (row.rows() == 0) continue;
    if (!row.null(0, 2)) {
      absl::StatusOr<Texts> texts = DecodeTexts(row.Bytes(0, 2));
      if (!texts.ok()) return texts.status();
      // Of what is erased the short form is the whole one.
      statements.push_back(
          {"UPDATE record_text SET sealed = $3, commitments = $3"
           " WHERE partition_id = $1 AND revision = $2",
           {}});
      statements.back()
          .params.Int4(erased.partition)
          .Int8(erased.counter)
          .Bytes(EncodeTexts(Erased(*std::move(texts), plan.erasures[at].erased_us)));
    }
    AddErasure(erased, static_cast<v1::RecordKind>(row.Int(0, 0)), row.Int(0, 1), statements);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WritePlan(Connection& connection, const Plan& plan,
                       const std::function<void()>& committing) {
  const PlanRows added = RowsOf(plan);
  // A record that is erased by the group that wrote it must be there to be read.
  const bool copy = plan.records.size() >= kCopyFrom || !plan.erasures.empty();
  std::vector<Statement> statements;
  for (const Rows* rows : added.all()) {
    if (!copy || (rows->size() < kCopyFrom && plan.erasures.empty())) {
      Append(rows->Inserts(kRowsAStatement), statements);
      continue;
    }
    const absl::Status status = connection.CopyIn(*rows);
    if (!status.ok()) return status;
  }
  for (const Plan::Supersession& one : added.superseded) {
    statements.push_back(
        {"UPDATE record SET superseded_by = $3 WHERE partition_id = $1 AND revision = $2", {}});
    statements.back().params.Int4(one.partition).Int8(one.counter).Int8(one.by);
  }
  AddSubjects(plan, statements);
  AddStates(plan, statements);
  AddPartitions(plan, statements);
  if (!plan.erasures.empty()) {
    const absl::Status status = Erase(connection, plan, statements);
    if (!status.ok()) return status;
  }
  statements.push_back({"COMMIT", {}});
  committing();
  return connection.Pipeline(statements).status();
}

}  // namespace assay::evidence::pg
