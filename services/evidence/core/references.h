#pragma once

// What requests name that must be known before they can be checked: framework versions, evidence
// items, attachments. Collected first and looked up once for a whole batch, so that checking itself
// asks nobody.
//
// Thread safety: plain values, pure functions. Cost: a copy of each name.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

#include "assay/evidence/v1/record_service.pb.h"
#include "services/common/model/model.h"

namespace assay::evidence {

// The framework versions that a request names, as far as the catalogue has them, by full name.
using Versions = absl::flat_hash_map<std::string, std::shared_ptr<const model::CompiledModel>>;

// An attachment of a root subject, by the SHA-256 of its bytes (any bytes; 32 of a good request).
struct AttachmentKey {
  std::string root;
  std::string digest;

  friend bool operator==(const AttachmentKey& a, const AttachmentKey& b) {
    return a.root == b.root && a.digest == b.digest;
  }
  template <typename H>
  friend H AbslHashValue(H h, const AttachmentKey& key) {
    return H::combine(std::move(h), key.root, key.digest);
  }
};

struct References {
  absl::flat_hash_set<std::string> versions;
  // Resource names of evidence items.
  absl::flat_hash_set<std::string> evidence;
  absl::flat_hash_set<AttachmentKey> attachments;
};

// Of what was named, what there is.
struct Known {
  Versions versions;
  absl::flat_hash_set<std::string> evidence;
  // With their sizes in bytes.
  absl::flat_hash_map<AttachmentKey, int64_t> attachments;
};

// Adds what a message names; `subject` is the record's, which may be ill formed.
void NoteReferences(absl::string_view subject, const v1::Judgement& judgement, References& out);
void NoteReferences(absl::string_view subject, const v1::Override& one, References& out);
void NoteReferences(absl::string_view subject, const v1::Publication& publication, References& out);
void NoteReferences(absl::string_view subject, const v1::EvidenceItem& item, References& out);
void NoteReferences(absl::string_view subject, const v1::RegulatoryAction& action, References& out);
void NoteReferences(const v1::CorrectRequest& request, References& out);
void NoteReferences(const v1::RecordWrite& write, References& out);

}  // namespace assay::evidence
