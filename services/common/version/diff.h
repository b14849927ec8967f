#pragma once

// What differs between two framework versions, of the same framework or not: in parts and in words.
//
// Items are the same where their ids are; else, where both sides have one left over, by the part of
// the id after the group, then by their names, so that an item that went to another group is told
// as moved. Rules are the same where ladder, stage and rule have the same ids. Whatever the digest
// covers is compared: two versions without a difference have the same digest, but for their names.
//
// Thread safety: pure. Cost: linear in the two versions, about a millisecond for shipped ones.

#include "assay/framework/v1/framework.pb.h"
#include "assay/framework/v1/framework_service.pb.h"

namespace assay::version {

// At most so many differences are told; the last one says how many more there are.
inline constexpr int kMaxDifferences = 2000;

// In catalogue order: heading, groups, items, categories, sectors, links, then the scoring model,
// then notes.
framework::v1::DiffVersionsResponse Diff(const framework::v1::FrameworkVersion& base,
                                         const framework::v1::FrameworkVersion& target);

}  // namespace assay::version
