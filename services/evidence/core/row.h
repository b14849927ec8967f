#pragma once

// What a storage engine is given and gives back: rows with a few narrow columns and a payload, the
// serialized assay.evidence.v1.Record without what only the engine knows (counter, recorded time,
// revision, etag) and without its personal texts, which are sealed and kept beside it. core/ makes
// rows from messages and messages from rows; an engine never looks into a payload, so both engines
// keep the same bytes.
//
// Thread safety: plain values. Cost: strings are owned.

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

#include "assay/evidence/v1/record.pb.h"
#include "services/common/digest/digest.h"

namespace assay::evidence {

// Partitions are 0 to 256: the first byte of SHA-256 of the root subject's name, or 256 for areas
// (contract.md, "Revisions").
inline constexpr int32_t kPartitions = 257;

// Days outside every date that the contract allows: "since ever" and "open".
inline constexpr int32_t kSinceEver = std::numeric_limits<int32_t>::min();
inline constexpr int32_t kOpen = std::numeric_limits<int32_t>::max();

// A place in the record: the `counter`-th record of a partition, from 1.
struct Position {
  int32_t partition = 0;
  int64_t counter = 0;

  friend bool operator==(const Position& a, const Position& b) {
    return a.partition == b.partition && a.counter == b.counter;
  }
};

// A personal text of a record (seal.h says which are). The log's leaf holds the commitment alone,
// so that salt and bytes can be destroyed and the proof stands, with nothing left to guess from.
struct SealedText {
  // Where it belongs in the record's content: `text`, `rationale`, `attachments[0].file_name`.
  std::string field;
  // 32 random bytes; empty once the text was erased.
  std::string salt;
  std::string bytes;
  // SHA-256 over salt and bytes.
  digest::Digest commitment;

  bool erased() const { return salt.empty(); }
};

// The columns of a record that is to be written.
struct RecordRow {
  int32_t partition = 0;
  v1::RecordKind kind = v1::RECORD_KIND_UNSPECIFIED;
  // Resource name of the subject; for a registry state its own.
  std::string subject;
  // The UUID that ends the record's name, 16 bytes; empty for kinds without one.
  std::string id;
  // What the record is about but for its texts, hashed (PlaceOf): of a judgement, an override and a
  // publication the node of the framework version, of an action its kind, regulation, service and
  // first day. 0 for other kinds.
  int64_t place = 0;
  // Days since 1970; 0 for kinds that have no effective date.
  int32_t effective = 0;
  // False for what was carried forward.
  bool assessed = true;
  std::string payload;
  // In the byte order of their fields, none twice.
  std::vector<SealedText> texts;
  // SHA-256 of the attachments that it names, none twice. They must have been uploaded to its root
  // subject.
  std::vector<digest::Digest> attachments;
};

// A location's membership of an area on the days from <= day < before.
struct AreaRow {
  std::string area;
  int32_t from = kSinceEver;
  int32_t before = kOpen;
};

// The columns by which the registry is listed. The name is the row's subject.
struct RegistryRow {
  // Services: the location, which must be in the registry already.
  std::string parent;
  // Locations: `providers/{provider}`.
  std::string provider;
  // Locations: sector id.
  std::string sector;
  // Providers and locations: registered on from <= day < before. Areas: existing then.
  int32_t from = kSinceEver;
  int32_t before = kOpen;
  // Areas: assay.evidence.v1.AreaKind.
  int32_t area_kind = 0;
  // Locations: where they lie.
  std::vector<AreaRow> areas;
};

// A record as it is stored.
struct StoredRecord {
  Position position;
  absl::Time recorded;
  v1::RecordKind kind = v1::RECORD_KIND_UNSPECIFIED;
  std::string subject;
  // As RecordRow::id.
  std::string id;
  std::string payload;
  // As RecordRow::texts.
  std::vector<SealedText> texts;
  // When texts of it were erased; absent: none were.
  absl::optional<absl::Time> erased;
  // The counter of what superseded or retracted it or, of a registry state, took its place; 0:
  // nothing did.
  int64_t superseded_by = 0;
  // The hash of its leaf in the partition's log: with this record, its subject's chain head.
  digest::Digest leaf;
};

// One write, complete but for what the engine stamps.
struct Write {
  RecordRow row;
  // Set for states of the registry: the same payload as the current state's writes nothing.
  absl::optional<RegistryRow> registry;
  // Set for a location: written first, where the registry has no provider of that name. It may be
  // in another partition; atomicity is promised within one (docs/adr/0002-one-log-table.md).
  absl::optional<RecordRow> implied_provider;
  // The name of a service of its location that it is about: it must be in the registry, unless the
  // write is known already. Empty: none.
  std::string service;
  // It stands for one that has faults: whether its subject, its service and what it supersedes are
  // there is looked up, so that all that is wrong is told at once, and nothing is written. Of a
  // Batch::check_only a state of the registry counts as written for what comes after. One without a
  // subject asks nothing.
  bool stand_in = false;
  // Idempotency key, 16 bytes; empty: none.
  std::string request_id;
  // Digest of the request's body, compared where the request id is known already.
  digest::Digest fingerprint;
  // Where it came from: a digest of subject, system and reference, 16 bytes. Empty: not known.
  std::string origin;
  // Digest of the body, 16 bytes. The same body of the same origin is recorded once; a correction
  // is compared with the records in force alone, so that it may go back to what was there before.
  std::string body;
  // Corrections: UUID of the record of the same subject that this one supersedes, 16 bytes.
  std::string supersedes;
  // The kind and the name of what is superseded.
  v1::RecordKind supersedes_kind = v1::RECORD_KIND_UNSPECIFIED;
  std::string supersedes_name;
  // Corrections in place of `supersedes`: the origin of what is wrong, as `origin`, and what
  // chooses among the records in force that came from there. It completes the write (payload,
  // `supersedes`, its kind and name) or says why none fits. `supersedes_kind` is by then the kind
  // of what came from there last, in force or not. Pure; runs inside the engine's transaction.
  std::string wrong_origin;
  std::function<absl::Status(const std::vector<StoredRecord>& in_force, Write& write)> choose;
  // Registry: the current state must have this etag. Corrections: what is superseded must. Empty:
  // any.
  std::string etag;
  // Erasures: UUID of the record of the same subject whose texts and attachments are destroyed with
  // this write, 16 bytes, with its kind and name. What retracted it loses its reason too, and what
  // deduplication could guess its text from goes as well: a request id of an erased record gives
  // the first answer to any body of its kind, and a source does not bring back what was erased.
  // Give an erasure an `origin` of its own, so that a second one finds the first.
  std::string erases;
  v1::RecordKind erases_kind = v1::RECORD_KIND_UNSPECIFIED;
  std::string erases_name;
};

}  // namespace assay::evidence
