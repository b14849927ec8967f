#include "services/evidence/api/backend.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/revision/revision.h"
#include "services/common/revision/revision_proto.h"
#include "services/evidence/core/limits.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {
namespace {

void Raise(Position position, revision::RevisionVector& vector) {
  const auto partition = static_cast<names::Partition>(position.partition);
  const auto counter = static_cast<uint64_t>(position.counter);
  // A partition that comes from the store is in range.
  if (vector.At(partition) < counter) vector.Set(partition, counter).IgnoreError();
}

// Whatever the client of the catalogue says: the caller may try again.
absl::Status Unreachable(const absl::Status& status) {
  return errors::DependencyUnavailable("framework", status.message());
}

}  // namespace

PrepareContext Backend::Context(const Versions& versions) const {
  PrepareContext context;
  context.today = Today();
  context.versions = &versions;
  context.ids = parts_.ids;
  context.random = parts_.random;
  return context;
}

absl::StatusOr<Versions> Backend::FetchVersions(const VersionNames& names) const {
  Versions versions;
  for (const std::string& name : names) {
    if (!names::FrameworkVersionName::Parse(name).ok()) continue;
    absl::StatusOr<std::shared_ptr<const model::CompiledModel>> model = parts_.models->Find(name);
    if (model.ok()) {
      versions.emplace(name, *std::move(model));
    } else if (!absl::IsNotFound(model.status())) {
      return Unreachable(model.status());
    }
  }
  return versions;
}

absl::StatusOr<model::ModelSet> Backend::FetchModels(const VersionNames& names) const {
  model::ModelSet set;
  for (const std::string& name : names) {
    absl::StatusOr<std::shared_ptr<const model::CompiledModel>> model = parts_.models->Find(name);
    if (absl::IsNotFound(model.status())) {
      return errors::Internal("the catalogue", absl::StrCat("lacks ", name, " of a record"));
    }
    if (!model.ok()) return Unreachable(model.status());
    absl::StatusOr<model::ModelSet> more = set.With(*std::move(model));
    if (!more.ok()) return errors::Internal("the catalogue", more.status().message());
    set = *std::move(more);
  }
  return set;
}

absl::Status Backend::CheckReached(const Revisions& at_least) const {
  if (at_least.empty()) return absl::OkStatus();
  if (static_cast<size_t>(at_least.size()) > kMaxAtLeast) {
    return errors::InvalidArgument("at_least", absl::StrCat(at_least.size(), " revisions"),
                                   absl::StrCat("at most ", kMaxAtLeast));
  }
  revision::RevisionVector held = Held();
  bool refreshed = false;
  for (int index = 0; index < at_least.size(); ++index) {
    const std::string field = absl::StrCat("at_least[", index, "]");
    const absl::StatusOr<revision::RevisionVector> wanted =
        revision::RevisionFromProto(at_least.Get(index), field);
    if (!wanted.ok()) return wanted.status();
    absl::StatusOr<bool> covered = held.Covers(*wanted, field);
    if (covered.ok() && !*covered && !refreshed) {
      // Another replica of this service may have given it out a moment ago.
      refreshed = true;
      const absl::Status status = store().Refresh();
      if (!status.ok()) return status;
      held = Held();
      covered = held.Covers(*wanted, field);
    }
    if (!covered.ok()) return covered.status();
    if (!*covered) return errors::RevisionUnavailable(field, absl::Seconds(1));
  }
  return absl::OkStatus();
}

revision::RevisionVector Backend::Held() const {
  revision::RevisionVector held(store().epoch());
  const std::vector<int64_t> counters = store().Counters();
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    Raise({partition, counters[static_cast<size_t>(partition)]}, held);
  }
  return held;
}

absl::StatusOr<v1::Record> Backend::WriteOne(Write write) const {
  Batch batch;
  batch.writes.push_back(std::move(write));
  const BatchResult result = store().AppendAndWait(std::move(batch));
  if (!result.status.ok()) return result.status;
  return RecordOf(result.writes.front().record, store().epoch());
}

absl::StatusOr<std::vector<v1::Record>> Backend::WriteAll(std::vector<Write> writes,
                                                          type::v1::Revision* revision) const {
  Batch batch;
  batch.writes = std::move(writes);
  const BatchResult result = store().AppendAndWait(std::move(batch));
  if (!result.status.ok()) return result.status;
  std::vector<v1::Record> records;
  records.reserve(result.writes.size());
  for (const WriteResult& write : result.writes) {
    absl::StatusOr<v1::Record> record = RecordOf(write.record, store().epoch());
    if (!record.ok()) return record.status();
    records.push_back(*std::move(record));
  }
  *revision = Covering(result.writes);
  return records;
}

type::v1::Revision Backend::Covering(const std::vector<WriteResult>& writes) const {
  revision::RevisionVector vector(store().epoch());
  for (const WriteResult& write : writes) {
    if (!write.status.ok()) continue;
    Raise(write.record.position, vector);
    if (write.implied_provider.has_value()) Raise(*write.implied_provider, vector);
  }
  return revision::RevisionToProto(vector);
}

type::v1::Revision Backend::Newest(int32_t partition) const {
  return RevisionOf(store().epoch(),
                    {partition, store().Counters()[static_cast<size_t>(partition)]});
}

type::v1::Revision Backend::Newest() const { return revision::RevisionToProto(Held()); }

}  // namespace assay::evidence
