#include "services/evidence/storage/postgresql/plan_rows.h"

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

#include "services/common/names/subject_kind.h"
#include "services/evidence/storage/postgresql/rows.h"

namespace assay::evidence::pg {
namespace {

using postgresql::Rows;

using Place = std::pair<int32_t, int64_t>;

// What stands in the row of a new record beside its own: the first request id and the source, by
// which an erasure finds them, and what took its place in the same group.
struct Origins {
  absl::flat_hash_map<Place, absl::string_view> requests;
  absl::flat_hash_map<Place, absl::string_view> sources;
  absl::flat_hash_map<Place, int64_t> superseded;

  static absl::string_view Of(const absl::flat_hash_map<Place, absl::string_view>& map,
                              const Place& place) {
    const auto found = map.find(place);
    return found == map.end() ? absl::string_view() : found->second;
  }
};

void AddRecord(const Plan::Record& record, const Origins& origins, PlanRows& added) {
  const RecordRow& row = *record.row;
  const Place place(row.partition, record.counter);
  const auto superseded = origins.superseded.find(place);
  added.records.Int4(row.partition)
      .Int4(row.kind)
      .Int8(record.counter)
      .Int8(record.recorded_us)
      .Int8(superseded == origins.superseded.end() ? 0 : superseded->second)
      .Int8(row.place)
      .Int4(row.effective)
      .Bool(row.assessed)
      .Bool(!row.texts.empty())
      .Text(row.subject);
  OptionalBytes(row.id, added.records);
  OptionalBytes(Origins::Of(origins.requests, place), added.records);
  OptionalBytes(Origins::Of(origins.sources, place), added.records);
  added.records.Bytes(record.leaf.bytes()).Bytes(row.payload);
  if (!row.texts.empty()) {
    added.texts.Int4(row.partition).Int8(record.counter).Bytes(EncodeTexts({row.texts, 0}));
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
  Origins origins;
  absl::flat_hash_set<Place> fresh;
  for (const Plan::Record& record : plan.records) {
    fresh.insert({record.row->partition, record.counter});
  }
  for (const Plan::Request& request : plan.requests) {
    const Place place(request.partition, request.counter);
    const bool first =
        fresh.contains(place) && origins.requests.emplace(place, request.request_id).second;
    added.requests.Int4(request.partition)
        .Bool(!first)
        .Int8(request.counter)
        .Bytes(request.request_id)
        .Bytes(request.fingerprint.bytes());
  }
  for (const Plan::Source& source : plan.sources) {
    origins.sources.emplace(Place(source.partition, source.counter), source.origin);
    added.sources.Int4(source.partition)
        .Int8(source.counter)
        .Bytes(source.origin)
        .Bytes(source.body);
  }
  for (const Plan::Supersession& one : plan.supersessions) {
    const Place place(one.partition, one.counter);
    if (fresh.contains(place)) {
      origins.superseded[place] = one.by;
    } else {
      added.superseded.push_back(one);
    }
  }
  for (const Plan::Record& record : plan.records) AddRecord(record, origins, added);
  for (const Plan::Tile& tile : plan.tiles) {
    added.tiles.Int4(tile.partition).Int8(tile.index).Bytes(tile.root.bytes());
  }
  return added;
}

}  // namespace assay::evidence::pg
