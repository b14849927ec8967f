// Documents of the regulator's public interface as records of ours.
//
// What an importer must know of them (domain, sections 8 and 11): fields that are empty are left
// out; key questions come in any order; `currentRatings` is what stands under the method before the
// single assessment framework, `assessment` what was found under it; a statement that was not
// assessed may still have a score, carried forward; the percentage of a dental practice is no
// score; an inspection that ends in words ("Inspected but not rated") leaves the rating that stood.
//
// Thread safety: pure. Ownership: a CqcContext borrows. Cost: some tens of microseconds a document
// beside parsing it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

#include "assay/evidence/v1/record_service.pb.h"
#include "clients/cli/geography/geography.h"
#include "services/common/model/model.h"

namespace assay::importer {

// What documents are read with; all required, none owned.
struct CqcContext {
  const geography::Geography* geography = nullptr;
  const model::CompiledModel* kloe = nullptr;      // cqc-kloe@2017-11
  const model::CompiledModel* saf_2023 = nullptr;  // cqc-saf@2023-11
  const model::CompiledModel* saf_2024 = nullptr;  // cqc-saf@2024-12
};

// Fills the models of a context. NOT_FOUND names each that `models` lacks.
absl::StatusOr<CqcContext> MakeCqcContext(const geography::Geography& geography,
                                          const model::ModelSet& models);

// What one document says.
struct MappedDocument {
  // In an order in which they can be written: areas, the registry, then judgements by day. Each has
  // its request id; the same document always gives the same.
  std::vector<evidence::v1::RecordWrite> writes;
  // The services that the document tells ratings of, their names by id. Those that have judgements
  // are among `writes`.
  std::map<std::string, std::string> services;
  // What was left out or could not be known, for people: "reportDate: ...".
  std::vector<std::string> notes;
};

enum class DocumentKind { kProvider, kLocation };

// A document as it came over the wire or out of a file. INVALID_ARGUMENT with the byte for what is
// no JSON, else with every field that is wrong; then nothing of it is used.
absl::StatusOr<MappedDocument> MapDocument(absl::string_view text, DocumentKind kind,
                                           const CqcContext& context);

// The two kinds, from an object that was parsed.
absl::StatusOr<MappedDocument> MapProvider(const nlohmann::json& document,
                                           const CqcContext& context);
absl::StatusOr<MappedDocument> MapLocation(const nlohmann::json& document,
                                           const CqcContext& context);

}  // namespace assay::importer
