#include "services/evidence/core/unknown_fields.h"

#include "google/protobuf/message.h"
#include "gtest/gtest.h"

#include "tests/evidence/evidence_testing.h"

namespace assay::evidence {
namespace {

using google::protobuf::Message;

void AddUnknown(Message& message) {
  message.GetReflection()->MutableUnknownFields(&message)->AddVarint(19999, 1);
}

v1::Judgement Known() {
  v1::Judgement judgement = ScoreOf("safe.learning-culture", 3, "2025-01-01");
  judgement.mutable_source()->set_system("registry");
  return judgement;
}

TEST(UnknownFieldsTest, WhatIsKnownStays) {
  v1::Judgement judgement = Known();
  DropUnknownFields(judgement);
  EXPECT_EQ(judgement.SerializeAsString(), Known().SerializeAsString());
}

TEST(UnknownFieldsTest, GoAtEveryDepth) {
  const struct {
    const char* where;
    void (*add)(v1::Judgement&);
  } cases[] = {
      {"outermost", [](v1::Judgement& one) { AddUnknown(one); }},
      {"source", [](v1::Judgement& one) { AddUnknown(*one.mutable_source()); }},
      {"node", [](v1::Judgement& one) { AddUnknown(*one.mutable_node()); }},
      {"date", [](v1::Judgement& one) { AddUnknown(*one.mutable_effective_date()); }},
  };
  for (const auto& c : cases) {
    v1::Judgement judgement = Known();
    c.add(judgement);
    ASSERT_NE(judgement.SerializeAsString(), Known().SerializeAsString()) << c.where;
    DropUnknownFields(judgement);
    EXPECT_EQ(judgement.SerializeAsString(), Known().SerializeAsString()) << c.where;
  }
}

TEST(UnknownFieldsTest, GoFromRepeatedMessages) {
  v1::Location location = LocationOf("locations/1-102");
  location.add_areas()->set_area("areas/icb.QHL");
  const std::string known = location.SerializeAsString();
  AddUnknown(*location.mutable_areas(0));
  DropUnknownFields(location);
  EXPECT_EQ(location.SerializeAsString(), known);
}

}  // namespace
}  // namespace assay::evidence
