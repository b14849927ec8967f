#include "tests/evidence/storage/store_testing.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/names/partition.h"

namespace assay::evidence {

TemporaryFolder::TemporaryFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "assay-store-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) std::abort();
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::File(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

names::Subject SubjectOf(absl::string_view name) { return names::Subject::Parse(name).value(); }

int32_t PartitionOf(absl::string_view name) { return names::PartitionOf(SubjectOf(name)); }

std::string Id(uint64_t number) {
  std::string id(16, '\0');
  for (int byte = 0; byte < 8; ++byte) id[15 - byte] = static_cast<char>(number >> (8 * byte));
  return id;
}

namespace {

Write RegistryWrite(absl::string_view name, v1::RecordKind kind, absl::string_view payload) {
  Write write;
  write.row.partition = PartitionOf(name);
  write.row.kind = kind;
  write.row.subject = std::string(name);
  write.row.payload = std::string(payload);
  write.registry.emplace();
  return write;
}

}  // namespace

Write LocationWrite(absl::string_view name, absl::string_view payload) {
  return RegistryWrite(name, v1::RECORD_KIND_LOCATION, payload);
}

Write ProviderWrite(absl::string_view name, absl::string_view payload) {
  return RegistryWrite(name, v1::RECORD_KIND_PROVIDER, payload);
}

Write AreaWrite(absl::string_view name, int32_t area_kind, int32_t from, int32_t before) {
  Write write = RegistryWrite(name, v1::RECORD_KIND_AREA, "area");
  write.registry->area_kind = area_kind;
  write.registry->from = from;
  write.registry->before = before;
  return write;
}

Write JudgementWrite(absl::string_view subject, uint64_t number) {
  Write write;
  write.row.partition = PartitionOf(subject);
  write.row.kind = v1::RECORD_KIND_JUDGEMENT;
  write.row.subject = std::string(subject);
  write.row.id = Id(number);
  write.row.place = static_cast<int64_t>(number % 34);
  write.row.effective = 20000;
  write.row.payload = absl::StrCat("judgement ", number);
  return write;
}

Write CorrectionWrite(absl::string_view subject, uint64_t number, uint64_t superseded) {
  Write write = JudgementWrite(subject, number);
  write.supersedes = Id(superseded);
  write.supersedes_kind = v1::RECORD_KIND_JUDGEMENT;
  write.supersedes_name = absl::StrCat(subject, "/judgements/", superseded);
  return write;
}

Write ErasureWrite(absl::string_view subject, uint64_t number) {
  Write write;
  write.row.partition = PartitionOf(subject);
  write.row.kind = v1::RECORD_KIND_ERASURE;
  write.row.subject = std::string(subject);
  write.row.payload = absl::StrCat("erasure of ", number);
  write.erases = Id(number);
  write.erases_kind = v1::RECORD_KIND_JUDGEMENT;
  write.erases_name = absl::StrCat(subject, "/judgements/", number);
  write.origin = std::string(digest::Sha256(write.erases_name).bytes().substr(0, 16));
  write.body = std::string(16, 'e');
  return write;
}

Write Under(Write write, uint64_t number, absl::string_view body) {
  write.request_id = Id(number);
  write.fingerprint = digest::Sha256(body);
  return write;
}

Batch BatchOf(std::vector<Write> writes, bool allow_partial) {
  Batch batch;
  batch.writes = std::move(writes);
  batch.allow_partial = allow_partial;
  return batch;
}

}  // namespace assay::evidence
