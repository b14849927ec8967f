#include "services/evidence/api/backend.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "services/common/errors/errors.h"
#include "services/common/errors/violations.h"
#include "services/common/revision/revision.h"
#include "services/common/revision/revision_proto.h"
#include "services/evidence/core/checks.h"
#include "services/evidence/core/etag.h"
#include "services/evidence/core/limits.h"
#include "services/evidence/core/stored.h"

namespace assay::evidence {
namespace {

using errors::Violations;

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

// So many different references of one kind are named by a batch.
void CheckReferences(const char* field, size_t count, Violations& bad) {
  if (count <= kMaxReferences) return;
  bad.Add(field, absl::StrCat(count, " different ones"),
          absl::StrCat("at most ", kMaxReferences, " named by one batch"));
}

}  // namespace

PrepareContext Backend::Context(const Known& known) const {
  PrepareContext context;
  context.today = Today();
  context.known = &known;
  context.ids = parts_.ids;
  context.random = parts_.random;
  return context;
}

absl::StatusOr<Known> Backend::Find(const References& named) const {
  Violations bad;
  CheckReferences("evidence", named.evidence.size(), bad);
  CheckReferences("attachments", named.attachments.size(), bad);
  if (!bad.empty()) return bad.ToStatus();
  Known known;
  for (const std::string& name : named.versions) {
    if (!names::FrameworkVersionName::Parse(name).ok()) continue;
    absl::StatusOr<std::shared_ptr<const model::CompiledModel>> model = parts_.models->Find(name);
    if (model.ok()) {
      known.versions.emplace(name, *std::move(model));
    } else if (!absl::IsNotFound(model.status())) {
      return Unreachable(model.status());
    }
  }
  for (const std::string& name : named.evidence) {
    const absl::StatusOr<names::RecordName> parsed = names::RecordName::Parse(name);
    if (!parsed.ok() || parsed->kind() != names::RecordKind::kEvidence) continue;
    const absl::StatusOr<bool> there =
        store().Holds(parsed->subject(), v1::RECORD_KIND_EVIDENCE_ITEM, UuidBytes(parsed->id()));
    if (!there.ok()) return there.status();
    if (*there) known.evidence.insert(name);
  }
  for (const AttachmentKey& key : named.attachments) {
    const absl::StatusOr<names::Subject> root = names::Subject::Parse(key.root);
    const absl::StatusOr<digest::Digest> digest = digest::Digest::FromBytes(key.digest);
    if (!root.ok() || !digest.ok()) continue;
    const absl::StatusOr<std::unique_ptr<AttachmentReader>> reader =
        store().ReadAttachment(*root, *digest);
    if (reader.ok()) {
      known.attachments.emplace(key, (*reader)->size());
    } else if (!absl::IsNotFound(reader.status())) {
      return reader.status();
    }
  }
  return known;
}

absl::StatusOr<v1::Record> Backend::Answer(const StoredRecord& stored) const {
  absl::StatusOr<v1::Record> record = RecordOf(stored, store().epoch());
  if (record.ok()) StampEtag(store().epoch(), stored.position, *record);
  return record;
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

absl::StatusOr<v1::Record> Backend::AnswerWrite(const WriteResult& write) const {
  if (write.written) return Answer(write.record);
  const absl::StatusOr<names::Subject> subject = names::Subject::Parse(write.record.subject);
  if (!subject.ok()) return errors::Corrupt("evidence store", write.record.subject);
  SubjectQuery query;
  query.after = write.record.position.counter - 1;
  query.before = write.record.position.counter + 1;
  const absl::StatusOr<SubjectRecords> read = store().ReadSubject(*subject, query);
  if (!read.ok()) return read.status();
  if (read->records.empty()) return errors::Corrupt("evidence store", "a record that is gone");
  return Answer(read->records.front());
}

absl::StatusOr<v1::Record> Backend::WriteOne(Write write, type::v1::Revision* revision) const {
  Batch batch;
  batch.writes.push_back(std::move(write));
  const BatchResult result = store().AppendAndWait(std::move(batch));
  if (!result.status.ok()) return result.status;
  if (revision != nullptr) *revision = Covering(result.writes);
  return AnswerWrite(result.writes.front());
}

absl::StatusOr<std::vector<v1::Record>> Backend::Answers(const BatchResult& result,
                                                         type::v1::Revision* revision) const {
  std::vector<v1::Record> records;
  records.reserve(result.writes.size());
  for (const WriteResult& write : result.writes) {
    absl::StatusOr<v1::Record> record = AnswerWrite(write);
    if (!record.ok()) return record.status();
    records.push_back(*std::move(record));
  }
  *revision = Covering(result.writes);
  return records;
}

absl::StatusOr<std::vector<names::Subject>> Backend::ServicesOf(
    const names::Subject& subject) const {
  std::vector<names::Subject> services;
  if (subject.kind() != names::SubjectKind::kLocation) return services;
  const std::string prefix = absl::StrCat(subject.name(), "/services/");
  RegistryQuery query;
  query.kind = v1::RECORD_KIND_SERVICE;
  query.after = prefix;
  while (true) {
    const absl::StatusOr<std::vector<StoredRecord>> page = store().ListCurrent(query);
    if (!page.ok()) return page.status();
    for (const StoredRecord& service : *page) {
      // Names stand in order, so that those of other locations come after all of this one's.
      if (!absl::StartsWith(service.subject, prefix)) return services;
      query.after = service.subject;
      absl::StatusOr<names::Subject> name = names::Subject::Parse(service.subject);
      if (!name.ok()) return errors::Corrupt("evidence store", service.subject);
      services.push_back(*std::move(name));
    }
    if (page->size() < query.limit) return services;
  }
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
