#pragma once

// The rows that a plan (core/decide.h) only adds, in the order of the schema's columns: what goes
// by COPY, or by INSERT where it is little.
//
// Thread safety: pure. Ownership: the rows hold copies. Cost: one copy of each value.

#include <vector>

#include "absl/strings/string_view.h"

#include "services/common/postgresql/values.h"
#include "services/evidence/core/decide.h"

namespace assay::evidence::pg {

// The rows that are only added, table by table.
struct PlanRows {
  postgresql::Rows records{"record",
                           {{"partition_id", postgresql::Type::kInt4},
                            {"kind", postgresql::Type::kInt4},
                            {"revision", postgresql::Type::kInt8},
                            {"recorded_us", postgresql::Type::kInt8},
                            {"superseded_by", postgresql::Type::kInt8},
                            {"place", postgresql::Type::kInt8},
                            {"effective_day", postgresql::Type::kInt4},
                            {"assessed", postgresql::Type::kBool},
                            {"has_texts", postgresql::Type::kBool},
                            {"subject", postgresql::Type::kText},
                            {"id", postgresql::Type::kBytea},
                            {"request_id", postgresql::Type::kBytea},
                            {"origin", postgresql::Type::kBytea},
                            {"leaf", postgresql::Type::kBytea},
                            {"payload", postgresql::Type::kBytea}}};
  postgresql::Rows texts{"record_text",
                         {{"partition_id", postgresql::Type::kInt4},
                          {"revision", postgresql::Type::kInt8},
                          {"sealed", postgresql::Type::kBytea},
                          {"commitments", postgresql::Type::kBytea}}};
  postgresql::Rows requests{"request",
                            {{"partition_id", postgresql::Type::kInt4},
                             {"noted", postgresql::Type::kBool},
                             {"revision", postgresql::Type::kInt8},
                             {"request_id", postgresql::Type::kBytea},
                             {"fingerprint", postgresql::Type::kBytea}}};
  postgresql::Rows sources{"source_reference",
                           {{"partition_id", postgresql::Type::kInt4},
                            {"revision", postgresql::Type::kInt8},
                            {"origin", postgresql::Type::kBytea},
                            {"body", postgresql::Type::kBytea}}};
  postgresql::Rows tiles{"log_tile",
                         {{"partition_id", postgresql::Type::kInt4},
                          {"tile", postgresql::Type::kInt8},
                          {"root", postgresql::Type::kBytea}}};
  postgresql::Rows uses{"attachment_use",
                        {{"partition_id", postgresql::Type::kInt4},
                         {"revision", postgresql::Type::kInt8},
                         {"root", postgresql::Type::kText},
                         {"digest", postgresql::Type::kBytea}}};

  // Of records that were there before.
  std::vector<Plan::Supersession> superseded;

  std::vector<const postgresql::Rows*> all() const {
    return {&records, &texts, &requests, &sources, &tiles, &uses};
  }
};

PlanRows RowsOf(const Plan& plan);

// A cell, NULL where it is empty.
void OptionalBytes(absl::string_view bytes, postgresql::Rows& rows);

}  // namespace assay::evidence::pg
