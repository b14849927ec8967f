// Whatever an author may get wrong in one place, compiling and proving come to an end and say so:
// each field of the small methods is taken away, emptied, doubled and set to what cannot be.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

#include "services/common/model/compile.h"
#include "services/common/model/prove.h"
#include "tests/common/model/model_testing.h"

namespace assay::model {
namespace {

using framework::v1::FrameworkVersion;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Does one of all the things that can be done to a message and what is in it.
class Spoiler {
 public:
  // `turn`: which of them, from 0.
  explicit Spoiler(int turn) : left_(turn) {}

  // False where there are not so many.
  bool Spoil(Message& message) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->is_repeated() ? SpoilList(message, *field) : SpoilOne(message, *field)) {
        absl::StrAppend(&what_, field->full_name());
        return true;
      }
    }
    return false;
  }

  const std::string& what() const { return what_; }

 private:
  bool Now(const char* what) {
    if (left_-- != 0) return false;
    what_ = absl::StrCat(what, " ");
    return true;
  }

  bool SpoilList(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    const int size = reflection.FieldSize(message, &field);
    if (Now("no")) {
      reflection.ClearField(&message, &field);
      return true;
    }
    if (Now("one less of")) {
      reflection.RemoveLast(&message, &field);
      return true;
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && Now("an unknown one of")) {
      reflection.AddString(&message, &field, "none-such");
      return true;
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM && Now("an unknown one of")) {
      reflection.AddEnumValue(&message, &field, 99);
      return true;
    }
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return false;
    if (Now("two of the first of")) {
      Message* added = reflection.AddMessage(&message, &field);
      added->CopyFrom(reflection.GetRepeatedMessage(message, &field, 0));
      return true;
    }
    for (int i = 0; i < size; ++i) {
      if (Spoil(*reflection.MutableRepeatedMessage(&message, &field, i))) return true;
    }
    return false;
  }

  bool SpoilOne(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    if (Now("no")) {
      reflection.ClearField(&message, &field);
      return true;
    }
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Spoil(*reflection.MutableMessage(&message, &field));
      case FieldDescriptor::CPPTYPE_STRING:
        return Now("an unknown") && (reflection.SetString(&message, &field, "none-such"), true);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Now("an unknown") && (reflection.SetEnumValue(&message, &field, 99), true);
      case FieldDescriptor::CPPTYPE_INT32:
        for (const int number : {-1, 0, 7, 1 << 30}) {
          if (Now("another")) {
            reflection.SetInt32(&message, &field, number);
            return true;
          }
        }
        return false;
      default:
        return false;
    }
  }

  int left_;
  std::string what_;
};

TEST(CompileSpoilt, EveryFieldMayBeWrongAndNothingBreaks) {
  const ProveLimits limits = {5'000, 1'024, 200'000, 400'000};
  int spoilt = 0;
  int refused = 0;
  for (const FrameworkVersion& good :
       {SmallScores(), SmallJudged(), SmallAuthority(), SmallCategories(), SmallStars()}) {
    for (int turn = 0;; ++turn) {
      FrameworkVersion version = good;
      Spoiler spoiler(turn);
      if (!spoiler.Spoil(version)) break;
      SCOPED_TRACE(absl::StrCat(good.name(), ": ", spoiler.what()));
      ++spoilt;
      const CompileResult result = CompileWithFaults(version);
      if (!result.faults.empty()) ++refused;
      if (result.faults.empty()) {
        EXPECT_NE(result.model, nullptr);
      }
      if (result.model != nullptr) {
        EXPECT_GE(Prove(*result.model, limits).vectors, 0);
      }
    }
  }
  EXPECT_GT(spoilt, 2000);
  EXPECT_GT(refused, 500);
}

// Found by writing the test above: a scale that was not there ended the process.
TEST(CompileSpoilt, AStageOnAnUnknownScaleIsOneFaultAlsoWhereOthersJoinIt) {
  FrameworkVersion version = SmallScores();
  for (auto& ladder : *version.mutable_scoring_model()->mutable_ladders()) {
    ladder.mutable_stages(0)->set_scale("none-such");
  }
  const CompileResult result = CompileWithFaults(version);
  ASSERT_EQ(result.model, nullptr);
  std::vector<std::string> fields;
  for (const Fault& fault : result.faults) fields.push_back(fault.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"scoring_model.ladders[0].stages[0].scale",
                                              "scoring_model.ladders[1].stages[0].scale"}));
}

}  // namespace
}  // namespace assay::model
