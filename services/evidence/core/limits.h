#pragma once

// Every limit of the evidence service in one place; the contract's comments state them for callers.
// Sizes of texts are in bytes.

#include <cstddef>
#include <cstdint>

namespace assay::evidence {

// How far ahead of today an effective date may lie, in days (contract.md, "State").
inline constexpr int32_t kMaxDaysAhead = 366;

inline constexpr size_t kMaxDisplayName = 500;
inline constexpr size_t kMaxOdsCode = 32;
inline constexpr size_t kMaxOrganisationType = 100;
inline constexpr size_t kMaxSector = 64;
inline constexpr size_t kMaxServiceTypes = 64;
inline constexpr size_t kMaxServiceType = 200;
inline constexpr size_t kMaxAreas = 64;
inline constexpr size_t kMaxFlags = 32;
inline constexpr size_t kMaxId = 64;
inline constexpr size_t kMaxUprn = 16;
inline constexpr size_t kMaxPostcode = 16;
inline constexpr int32_t kMaxBeds = 100000;
inline constexpr size_t kMaxOnsCode = 16;
inline constexpr size_t kMaxOtherOnsCodes = 8;
inline constexpr size_t kMaxSuccessors = 16;
inline constexpr size_t kMaxEtag = 64;
// Services of one location: each is a part of its rating, and all of a rating fit in a message.
inline constexpr int64_t kMaxServices = 1000;

inline constexpr size_t kMaxAssessor = 200;
inline constexpr size_t kMaxRationale = 16384;
inline constexpr size_t kMaxReason = 16384;
inline constexpr size_t kMaxEvidenceNames = 256;
inline constexpr size_t kMaxSourceSystem = 64;
inline constexpr size_t kMaxSourceReference = 256;
inline constexpr size_t kMaxUnratedText = 500;
inline constexpr size_t kMaxRegulation = 16;
inline constexpr size_t kMaxQualityControlReference = 256;
inline constexpr size_t kMaxErasureReason = 1000;
inline constexpr size_t kMaxEvidenceItems = 64;
inline constexpr size_t kMaxSourceStanding = 200;
inline constexpr size_t kMaxEvidenceText = size_t{1} << 20;
inline constexpr size_t kMaxTags = 32;
inline constexpr size_t kMaxTag = 64;
inline constexpr size_t kMaxAttachments = 32;
inline constexpr size_t kMaxMediaType = 127;
inline constexpr size_t kMaxFileName = 255;
inline constexpr size_t kDigestBytes = 32;

inline constexpr size_t kMaxAtLeast = 16;
inline constexpr size_t kMaxBatch = 1000;
// Requests of a batch, in bytes: its answer says all of them again, and a client that was not told
// otherwise refuses answers over 4 MiB.
inline constexpr size_t kMaxBatchBytes = size_t{2} << 20;
// Different evidence items, and different attachments, that one batch may name: each is looked up.
inline constexpr size_t kMaxReferences = 5000;
inline constexpr size_t kMaxIngestWrites = 5000;
inline constexpr size_t kMaxIngestBytes = size_t{4} << 20;
inline constexpr size_t kMaxRefusals = 100;
inline constexpr int32_t kDefaultPage = 100;
inline constexpr int32_t kMaxPage = 1000;
// A page of evidence ends early once its entries take so much, so that it fits in a message.
inline constexpr size_t kMaxPageBytes = size_t{2} << 20;
// What a state takes with its texts: more is refused, since it is held at once. The lists have
// pages.
inline constexpr size_t kMaxStateBytes = size_t{16} << 20;
inline constexpr size_t kMaxFeedChanges = 500;
inline constexpr size_t kMaxFeedBytes = size_t{256} << 10;

}  // namespace assay::evidence
