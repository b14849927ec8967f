#pragma once

// Writes a plan (core/decide.h) inside a transaction that its user opens and ends.
//
// Thread safety: none; it belongs to the writer thread. Ownership: owns its statements, uses a
// connection that outlives it. Cost: per record one clustered row, one entry of the subject index,
// and one small row for each of its request id, source, texts and attachments; per subject and
// partition of the plan one row more.

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/evidence/core/decide.h"
#include "services/evidence/storage/sqlite/bulk_insert.h"
#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

class PlanWriter {
 public:
  static absl::StatusOr<std::unique_ptr<PlanWriter>> Make(Database& database);

  // An error means that the transaction must be rolled back.
  absl::Status Write(const Plan& plan);

 private:
  explicit PlanWriter(Database& database) : database_(database) {}

  absl::Status PrepareAll();
  absl::Status WriteRecords(const Plan& plan);
  absl::Status WriteBesides(const Plan& plan);
  absl::Status WriteReferences(const Plan& plan);
  absl::Status WriteState(const Plan::State& state);
  absl::Status WriteHeads(const Plan& plan);
  absl::Status Erase(const Plan::Erasure& erasure);
  absl::Status EraseUses(const Position& position);
  absl::Status EraseSource(const Position& position);

  Database& database_;
  BulkInsert records_, texts_, uses_, requests_, sources_;
  Statement put_supersession_, put_registry_, drop_areas_, add_area_, put_subject_, put_partition_,
      add_tile_;
};

}  // namespace assay::evidence::sqlite
