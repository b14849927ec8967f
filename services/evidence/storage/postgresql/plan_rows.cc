#include "services/evidence/storage/postgresql/plan_rows.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/optional.h"

#include "services/common/names/subject_kind.h"
#include "services/evidence/storage/postgresql/rows.h"

namespace assay::evidence::pg {
namespace {

using postgresql::Rows;

// Where the plan's records are, by partition and counter: within a partition counters follow one
// another.
class Places {
 public:
  explicit Places(const std::vector<Plan::Record>& records) {
    for (size_t index = 0; index < records.size(); ++index) {
      Partition& partition = PartitionOf(records[index].row->partition);
      if (partition.indices.empty()) partition.first = records[index].counter;
      partition.indices.push_back(index);
    }
  }

  // None for a record that was there before.
  absl::optional<size_t> Find(int32_t partition, int64_t counter) const {
    const Partition& found = partitions_[static_cast<size_t>(partition)];
    const int64_t at = counter - found.first;
    if (at < 0 || at >= static_cast<int64_t>(found.indices.size())) return absl::nullopt;
    return found.indices[static_cast<size_t>(at)];
  }

 private:
  struct Partition {
    int64_t first = 0;
    std::vector<size_t> indices;
  };
  Partition& PartitionOf(int32_t partition) { return partitions_[static_cast<size_t>(partition)]; }

  std::array<Partition, kPartitions> partitions_;
};

// What stands in the row of a new record beside its own: the first request id and the source, by
// which an erasure finds them, and what took its place in the same group.
struct Origin {
  absl::string_view request;
  absl::string_view source;
  int64_t superseded = 0;
};

void AddRecord(const Plan::Record& record, const Origin& origin, PlanRows& added) {
  const RecordRow& row = *record.row;
  added.records.Int4(row.partition)
      .Int4(row.kind)
      .Int8(record.counter)
      .Int8(record.recorded_us)
      .Int8(origin.superseded)
      .Int8(row.place)
      .Int4(row.effective)
      .Bool(row.assessed)
      .Bool(!row.texts.empty())
      .Text(row.subject);
  OptionalBytes(row.id, added.records);
  OptionalBytes(origin.request, added.records);
  OptionalBytes(origin.source, added.records);
  added.records.Bytes(record.leaf.bytes()).Bytes(row.payload);
  if (!row.texts.empty()) {
    const Texts texts = {row.texts, 0};
    added.texts.Int4(row.partition)
        .Int8(record.counter)
        .Bytes(EncodeTexts(texts))
        .Bytes(EncodeCommitments(texts));
  }
  for (const digest::Digest& digest : row.attachments) {
    added.uses.Int4(row.partition)
        .Int8(record.counter)
        .Text(names::RootOfWellFormed(row.subject))
        .Bytes(digest.bytes());
  }
}

}  // namespace

void OptionalBytes(absl::string_view bytes, Rows& rows) {
  if (bytes.empty()) {
    rows.Null();
  } else {
    rows.Bytes(bytes);
  }
}

PlanRows RowsOf(const Plan& plan) {
  PlanRows added;
  const Places places(plan.records);
  std::vector<Origin> origins(plan.records.size());
  for (const Plan::Request& request : plan.requests) {
    const absl::optional<size_t> place = places.Find(request.partition, request.counter);
    const bool first = place.has_value() && origins[*place].request.empty();
    if (first) origins[*place].request = request.request_id;
    added.requests.Int4(request.partition)
        .Bool(!first)
        .Int8(request.counter)
        .Bytes(request.request_id)
        .Bytes(request.fingerprint.bytes());
  }
  for (const Plan::Source& source : plan.sources) {
    const absl::optional<size_t> place = places.Find(source.partition, source.counter);
    if (place.has_value() && origins[*place].source.empty()) {
      origins[*place].source = source.origin;
    }
    added.sources.Int4(source.partition)
        .Int8(source.counter)
        .Bytes(source.origin)
        .Bytes(source.body);
  }
  for (const Plan::Supersession& one : plan.supersessions) {
    const absl::optional<size_t> place = places.Find(one.partition, one.counter);
    if (place.has_value()) {
      origins[*place].superseded = one.by;
    } else {
      added.superseded.push_back(one);
    }
  }
  for (size_t at = 0; at < plan.records.size(); ++at) {
    AddRecord(plan.records[at], origins[at], added);
  }
  for (const Plan::Tile& tile : plan.tiles) {
    added.tiles.Int4(tile.partition).Int8(tile.index).Bytes(tile.root.bytes());
  }
  return added;
}

}  // namespace assay::evidence::pg
