#pragma once

// What the SQLite engine holds, for core/decide.h: by point reads of the writing connection, with
// the partitions and many subjects in memory.
//
// Thread safety: none; it belongs to the writer thread. Ownership: owns its statements, uses a
// connection that outlives it. Cost: a subject that is not remembered costs one point read, as
// every request id and source does, but for sources that lie together; memory of about 100 bytes a
// subject, bounded.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/evidence/core/decide.h"
#include "services/evidence/storage/sqlite/database.h"

namespace assay::evidence::sqlite {

class Facts final : public FactSource {
 public:
  // Reads the partitions and compares them with the log itself. DATA_LOSS where they differ.
  static absl::StatusOr<std::unique_ptr<Facts>> Make(Database& database);

  // Forgets what was read for the group before.
  void StartGroup() { sources_.clear(); }
  // Takes over what was committed.
  void Committed(const Plan& plan);

  const std::array<PartitionState, kPartitions>& partitions() const { return partitions_; }
  const PartitionState& partition(int32_t number) const {
    return partitions_[static_cast<size_t>(number)];
  }

  absl::StatusOr<PartitionState> FindPartition(int32_t partition) override;
  absl::StatusOr<absl::optional<Request>> FindRequest(int32_t partition,
                                                      absl::string_view request_id) override;
  absl::StatusOr<std::vector<Source>> FindSource(int32_t partition,
                                                 absl::string_view origin) override;
  absl::StatusOr<SubjectState> FindSubject(int32_t partition, absl::string_view subject) override;
  absl::StatusOr<int64_t> FindRecord(int32_t partition, absl::string_view subject,
                                     absl::string_view id) override;
  absl::StatusOr<int64_t> CountServices(int32_t partition, absl::string_view location,
                                        int64_t at_most) override;
  absl::StatusOr<bool> HasAttachment(int32_t partition, absl::string_view root,
                                     const digest::Digest& digest) override;
  absl::StatusOr<StoredRecord> ReadRecord(int32_t partition, int64_t counter) override;

 private:
  explicit Facts(Database& database) : database_(database) {}

  // Sources whose origins begin alike, that is of one subject, as far as a group has asked for
  // them.
  struct Neighbours {
    // Whether all of them are in `sources`, by origin.
    bool whole = false;
    bool tried = false;
    absl::flat_hash_map<std::string, std::vector<Source>> sources;
  };

  absl::StatusOr<std::vector<Source>> ReadSources(int32_t partition, absl::string_view origin);
  absl::Status ReadNeighbours(int32_t partition, absl::string_view prefix, Neighbours& neighbours);
  absl::Status PrepareAll();
  absl::Status LoadPartitions();
  absl::Status CheckPartitions();

  Database& database_;
  std::array<PartitionState, kPartitions> partitions_;
  // Committed states of subjects that have one.
  absl::flat_hash_map<std::string, SubjectState> subjects_;
  absl::flat_hash_map<std::pair<int32_t, std::string>, Neighbours> sources_;
  Statement find_request_, find_source_, find_neighbours_, find_subject_, find_record_,
      count_services_, find_attachment_, read_record_;
};

}  // namespace assay::evidence::sqlite
