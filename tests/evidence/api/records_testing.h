#pragma once

// A registered home, and requests about it, for tests of what is recorded by the methods of the
// service.
//
// Thread safety: none. Ownership: the fixture owns its backend.

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "services/common/errors/errors.h"
#include "services/evidence/api/record_methods.h"
#include "services/evidence/api/registry_methods.h"
#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {

inline constexpr char kHome[] = "locations/1-102";
inline constexpr char kUuid[] = "0190a5b8-3c4d-7e6f-8a9b-0c1d2e3f4a5b";

inline std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const errors::Violation& one : errors::FieldViolations(status)) fields.push_back(one.field);
  return fields;
}

// Says that a record came from there.
inline void From(const char* reference, v1::Source* source) {
  source->set_system("notices");
  source->set_reference(reference);
}

class RecordsTest : public testing::Test {
 protected:
  void SetUp() override {
    v1::UpsertLocationRequest request;
    *request.mutable_location() = LocationOf(kHome);
    ASSERT_TRUE(UpsertLocation(backend(), request).ok());
  }

  const Backend& backend() { return test_.backend(); }

  v1::CreateEvidenceItemRequest EvidenceRequest(absl::string_view text,
                                                absl::string_view received = "2025-01-08") {
    v1::CreateEvidenceItemRequest request;
    request.set_parent(kHome);
    *request.mutable_evidence_item() = EvidenceOf(text, received);
    return request;
  }
  v1::EvidenceItem AddEvidence(absl::string_view text, absl::string_view received = "2025-01-08") {
    const auto item = CreateEvidenceItem(backend(), EvidenceRequest(text, received));
    EXPECT_TRUE(item.ok()) << item.status();
    return item.value_or(v1::EvidenceItem());
  }
  v1::CreateOverrideRequest OverrideRequest(int to, absl::string_view effective) {
    v1::CreateOverrideRequest request;
    request.set_parent(kHome);
    *request.mutable_override() = OverrideOf("safe", 3, to, effective);
    return request;
  }
  v1::CreatePublicationRequest PublicationRequest(int level, absl::string_view published) {
    v1::CreatePublicationRequest request;
    request.set_parent(kHome);
    *request.mutable_publication() = PublicationOf(level, published);
    return request;
  }

  // The texts of the evidence that a filter lists, in pages of one.
  std::vector<std::string> Listed(const v1::ListEvidenceItemsRequest::Filter& filter) {
    v1::ListEvidenceItemsRequest request;
    request.set_parent(kHome);
    request.set_page_size(1);
    *request.mutable_filter() = filter;
    std::vector<std::string> texts;
    do {
      const auto page = ListEvidenceItems(backend(), request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::EvidenceItem& one : page->evidence_items()) texts.push_back(one.text());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return texts;
  }

  TestBackend test_;
};

}  // namespace assay::evidence
