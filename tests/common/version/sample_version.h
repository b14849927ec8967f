#pragma once

// A small framework version in text form, right in every point, for tests to break.

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "services/common/version/version_text.h"

namespace assay::version {

// Two groups with an item each, scored 1 to 2 and rated by share of points. Line 1 holds the name,
// line 5 and 6 the groups, line 7 and 8 the items.
inline std::string SampleText(const std::string& framework = "sample",
                              const std::string& version = "2024") {
  return absl::StrCat("name: \"frameworks/", framework, "/versions/", version, "\"\n", R"text(
display_name: "Sample" framework_display_name: "Samples" publisher: "Sampler"
effective_from { year: 2024 month: 1 day: 1 }
groups { id: "warm" name: "Warm" }
groups { id: "kind" name: "Kind" }
items { id: "warm.hands" group: "warm" display_name: "Hands" kind: ITEM_KIND_QUALITY_STATEMENT code: "W1" api_id: "1" }
items { id: "kind.words" group: "kind" display_name: "Words" kind: ITEM_KIND_QUALITY_STATEMENT code: "K1" api_id: "2" aliases: "Kind Words" }
categories { id: "observation" display_name: "Observation" }
sectors { id: "care-home" display_name: "Care home" aliases: "Residential" }
regulation_links { item: "warm.hands" regulation: "12" relation: REGULATION_RELATION_DIRECT }
scoring_model {
  scales { id: "score" levels { id: "1" label: "Poor" } levels { id: "2" label: "Fine" } }
  ladders {
    id: "location"
    subject_kinds: SUBJECT_KIND_LOCATION
    stages { id: "statement" scale: "score" per: AXIS_ITEM judged {} }
    stages {
      id: "group" scale: "score" from: "statement" per: AXIS_GROUP
      percent_bands {
        rounding: ROUNDING_HALF_UP
        bands { level: "1" from_percent: 0 to_percent: 74 }
        bands { level: "2" from_percent: 75 to_percent: 100 }
      }
    }
    stages {
      id: "overall" scale: "score" from: "group"
      decision_table { rows { id: "lowest" otherwise: true lowest: true } }
    }
  }
}
)text");
}

inline SourceText SampleSource(const std::string& framework = "sample",
                               const std::string& version = "2024") {
  return SourceText{absl::StrCat(framework, "@", version, ".txtpb"),
                    SampleText(framework, version)};
}

// The sample with one part of its text replaced; dies where the part is not there.
inline SourceText SampleWith(const std::string& part, const std::string& replacement) {
  SourceText source = SampleSource();
  if (absl::StrReplaceAll({{part, replacement}}, &source.text) != 1) std::abort();
  return source;
}

}  // namespace assay::version
