// The six years of one made-up location: its assessments, what was found in each, its actions.
//
// Thread safety: pure but for the dice. Cost: some dozens of judgements.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "assay/evidence/v1/record_service.pb.h"
#include "clients/cli/nation/dice.h"
#include "clients/cli/nation/method.h"
#include "services/common/clock/day.h"

namespace assay::nation {

struct Subject {
  std::string name;    // locations/1-9000000001
  std::string id;      // 1-9000000001
  std::string sector;  // sector id
  // Service ids; empty where there is one service only.
  std::vector<std::string> services;
};

// One assessment.
struct Assessment {
  const Method* method = nullptr;
  clock::Day start;      // selects the method
  clock::Day effective;  // the day of its report
};

struct Biography {
  std::vector<Assessment> assessments;  // two or three, by day
  // What is written, in the order in which it arrives, without request ids.
  std::vector<evidence::v1::RecordWrite> writes;
};

// Two or three assessments in the six years before `until`, the newest at most some years old.
std::vector<Assessment> DrawAssessments(const Methods& methods, clock::Day until, Dice* dice);

// The assessments' findings, then what came late, then actions, then corrections.
Biography DrawBiography(const Subject& subject, std::vector<Assessment> assessments,
                        clock::Day until, Dice* dice);

}  // namespace assay::nation
