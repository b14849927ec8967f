#include "clients/verify/ledger.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/common/digest/canonical.h"
#include "services/common/digest/digest.h"
#include "services/common/digest/merkle.h"

namespace assay::verify {
namespace {

using digest::Digest;
using evidence::v1::Checkpoint;
using evidence::v1::ConsistencyProof;
using evidence::v1::InclusionProof;
using evidence::v1::Leaf;

template <class... Parts>
absl::Status DoesNotHold(const Parts&... parts) {
  return absl::FailedPreconditionError(absl::StrCat(parts...));
}

absl::StatusOr<std::vector<Digest>> HashesOf(
    const google::protobuf::RepeatedPtrField<std::string>& field) {
  std::vector<Digest> hashes;
  for (const std::string& bytes : field) {
    const absl::StatusOr<Digest> hash = Digest::FromBytes(bytes);
    if (!hash.ok()) return hash.status();
    hashes.push_back(*hash);
  }
  return hashes;
}

absl::Status Grew(const Checkpoint::LogRoot& earlier, const Checkpoint::LogRoot& later,
                  const ConsistencyProof* proof) {
  const int partition = earlier.partition();
  if (earlier.size() == later.size()) {
    if (earlier.root() == later.root()) return absl::OkStatus();
    return DoesNotHold("partition ", partition, ": two roots of one size");
  }
  if (later.size() < earlier.size()) {
    return DoesNotHold("partition ", partition, ": the log became shorter, from ", earlier.size(),
                       " to ", later.size());
  }
  if (proof == nullptr) return DoesNotHold("partition ", partition, ": there is no proof for it");
  if (proof->first_size() != earlier.size() || proof->second_size() != later.size()) {
    return DoesNotHold("partition ", partition, ": the proof is for other sizes");
  }
  const absl::StatusOr<Digest> first = Digest::FromBytes(earlier.root());
  if (!first.ok()) return first.status();
  const absl::StatusOr<Digest> second = Digest::FromBytes(later.root());
  if (!second.ok()) return second.status();
  const absl::StatusOr<std::vector<Digest>> hashes = HashesOf(proof->hashes());
  if (!hashes.ok()) return hashes.status();
  const absl::Status holds =
      digest::CheckConsistency(earlier.size(), later.size(), *first, *second, *hashes);
  if (holds.ok()) return holds;
  return DoesNotHold("partition ", partition, ": ", holds.message());
}

}  // namespace

const Checkpoint::LogRoot* LogOf(const Checkpoint& checkpoint, int partition) {
  for (const Checkpoint::LogRoot& log : checkpoint.logs()) {
    if (log.partition() == partition) return &log;
  }
  return nullptr;
}

absl::Status CheckCheckpoint(const Checkpoint& checkpoint, const digest::PublicKey& key) {
  if (checkpoint.key_id() != key.id()) {
    return DoesNotHold("the checkpoint was signed by key ", digest::HexEncode(checkpoint.key_id()),
                       ", the key given is ", digest::HexEncode(key.id()));
  }
  int before = -1;
  for (const Checkpoint::LogRoot& log : checkpoint.logs()) {
    if (log.partition() <= before) return DoesNotHold("its partitions do not rise");
    before = log.partition();
  }
  Checkpoint unsigned_one = checkpoint;
  unsigned_one.clear_signature();
  const absl::StatusOr<std::string> encoded = digest::CanonicalEncode(unsigned_one);
  if (!encoded.ok()) return encoded.status();
  const std::string bytes =
      absl::StrCat("assay.checkpoint.v1", absl::string_view("\0", 1), *encoded);
  if (key.Signed(bytes, checkpoint.signature())) return absl::OkStatus();
  return DoesNotHold("the signature is not the key's over this checkpoint");
}

absl::StatusOr<Leaf> CheckRecord(const InclusionProof& proof, const Checkpoint& checkpoint) {
  if (proof.epoch() != checkpoint.epoch()) {
    return DoesNotHold("proof and checkpoint are of two epochs: a restore lies between them");
  }
  const Checkpoint::LogRoot* log = LogOf(checkpoint, proof.partition());
  if (log == nullptr || log->size() != proof.log_size()) {
    return DoesNotHold("the proof is for partition ", proof.partition(), " at size ",
                       proof.log_size(), ", of which the checkpoint states ",
                       log == nullptr ? "nothing" : absl::StrCat("size ", log->size()));
  }
  Leaf leaf;
  if (!leaf.ParseFromString(proof.leaf())) return absl::InvalidArgumentError("the leaf is no leaf");
  const absl::StatusOr<std::string> encoded = digest::CanonicalEncode(leaf);
  if (!encoded.ok()) return encoded.status();
  if (*encoded != proof.leaf()) return DoesNotHold("the leaf is not encoded canonically");
  if (leaf.partition() != proof.partition() || leaf.counter() != proof.counter()) {
    return DoesNotHold("the leaf is of partition ", leaf.partition(), " counter ", leaf.counter(),
                       ", the proof of partition ", proof.partition(), " counter ",
                       proof.counter());
  }
  const absl::StatusOr<Digest> root = Digest::FromBytes(log->root());
  if (!root.ok()) return root.status();
  const absl::StatusOr<std::vector<Digest>> hashes = HashesOf(proof.hashes());
  if (!hashes.ok()) return hashes.status();
  const absl::Status holds = digest::CheckInclusion(
      digest::MerkleLeafHash(proof.leaf()), proof.counter() - 1, proof.log_size(), *hashes, *root);
  if (!holds.ok()) return DoesNotHold(holds.message());
  return leaf;
}

absl::Status CheckGrowth(const Checkpoint& earlier, const Checkpoint& later,
                         const evidence::v1::GetConsistencyProofResponse& proofs) {
  if (earlier.epoch() != later.epoch()) {
    return DoesNotHold("the checkpoints are of two epochs: a restore lies between them");
  }
  for (const Checkpoint::LogRoot& log : earlier.logs()) {
    const Checkpoint::LogRoot* now = LogOf(later, log.partition());
    if (now == nullptr) {
      return DoesNotHold("partition ", log.partition(), ": the later checkpoint lacks it");
    }
    const ConsistencyProof* proof = nullptr;
    for (const ConsistencyProof& one : proofs.proofs()) {
      if (one.partition() == log.partition()) proof = &one;
    }
    absl::Status grew = Grew(log, *now, proof);
    if (!grew.ok()) return grew;
  }
  return absl::OkStatus();
}

evidence::v1::GetConsistencyProofRequest GrowthRequest(const Checkpoint& earlier,
                                                       const Checkpoint& later) {
  evidence::v1::GetConsistencyProofRequest request;
  request.set_epoch(later.epoch());
  for (const Checkpoint::LogRoot& log : earlier.logs()) {
    const Checkpoint::LogRoot* now = LogOf(later, log.partition());
    if (now == nullptr || now->size() <= log.size()) continue;
    auto* span = request.add_spans();
    span->set_partition(log.partition());
    span->set_first_size(log.size());
    span->set_second_size(now->size());
  }
  return request;
}

}  // namespace assay::verify
