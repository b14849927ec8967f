// Checks of a version's catalogue: ids, limits, and that what is named exists.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "services/common/clock/day_proto.h"
#include "services/common/model/compiler.h"
#include "services/common/text/spelling.h"

namespace assay::model {
namespace {

constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMaxItemIdBytes = 128;
constexpr std::size_t kMaxReasonBytes = 64;

bool IsId(absl::string_view id, bool dots) {
  for (char c : id) {
    const bool fits =
        absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || (dots && c == '.');
    if (!fits) return false;
  }
  return !id.empty() && id.front() != '-' && id.back() != '-';
}

// Whether the item's id is that of its group, a dot and more.
bool BeginsWithGroup(const framework::v1::Item& item) {
  return absl::StartsWith(item.id(), item.group()) && item.id().size() > item.group().size() &&
         item.id()[item.group().size()] == '.';
}

}  // namespace

bool Compiler::CheckCount(const Path& path, int count, int least, int most) {
  if (count < least || count > most) {
    bad_.Add(path, count, absl::StrCat(least, " to ", most, " entries"));
  }
  return count <= most;
}

void Compiler::CheckId(const Path& path, absl::string_view id, std::size_t most,
                       absl::flat_hash_set<absl::string_view>& seen, bool dots) {
  const std::size_t before = bad_.count();
  if (!IsId(id, dots) || id.size() > most) {
    bad_.Add(path, id,
             absl::StrCat("lower-case letters, digits", dots ? ", dots" : "",
                          " and hyphens, at most ", most, " bytes"));
  } else if (!seen.insert(id).second) {
    bad_.Add(check::kIdReused, path, id, "an id that is not used before");
  }
  harmless_ += bad_.count() - before;
}

void Compiler::CheckNameAndDates() {
  const std::vector<std::string> parts = absl::StrSplit(version().name(), '/');
  if (parts.size() != 4 || parts[0] != "frameworks" || parts[2] != "versions" ||
      !IsId(parts[1], true) || !IsId(parts[3], true)) {
    bad_.Add("name", version().name(), "frameworks/{framework}/versions/{version}");
  }
  std::optional<Day> from;
  std::optional<Day> before;
  auto read = [this](const char* field, const type::v1::Date& date, std::optional<Day>& out) {
    if (clock::IsUnset(date)) return;
    absl::StatusOr<Day> day = clock::DayFromProto(date);
    if (day.ok()) {
      out = *day;
    } else {
      bad_.AddText(field, day.status().message());
    }
  };
  read("effective_from", version().effective_from(), from);
  read("effective_before", version().effective_before(), before);
  if (from && before && !(*from < *before)) {
    bad_.Add("effective_before", before->ToString(),
             absl::StrCat("a day after ", from->ToString()));
  }
}

void Compiler::CheckItems() {
  absl::flat_hash_set<absl::string_view> seen;
  seen.reserve(static_cast<std::size_t>(version().items_size()));
  for (int i = 0; i < version().items_size(); ++i) {
    const framework::v1::Item& item = version().items(i);
    const Path path("items", i);
    CheckId(path.At("id"), item.id(), kMaxItemIdBytes, seen, /*dots=*/true);
    if (model_->GroupById(item.group()) < 0) {
      bad_.Add(check::kItemWithoutGroup, path.At("group"), item.group(), "the id of a group");
    } else if (!BeginsWithGroup(item)) {
      bad_.Add(path.At("id"), item.id(),
               absl::StrCat("an id that begins with ", item.group(), "."));
    }
    if (item.aliases_size() > 16) {
      bad_.Add(path.At("aliases"), item.aliases_size(), "at most 16 entries");
    }
  }
}

void Compiler::CheckLinks() {
  for (int i = 0; i < version().regulation_links_size(); ++i) {
    const framework::v1::RegulationLink& link = version().regulation_links(i);
    const Path path("regulation_links", i);
    if (model_->ItemById(link.item()) < 0) {
      bad_.Add(check::kReferenceUnknown, path.At("item"), link.item(), "the id of an item");
    }
    if (link.regulation().empty() || link.regulation().size() > 16) {
      bad_.Add(path.At("regulation"), link.regulation(), "1 to 16 bytes");
    }
    if (link.relation() == framework::v1::REGULATION_RELATION_UNSPECIFIED) {
      bad_.Add(path.At("relation"), link.relation(), "direct or also considered");
    }
  }
}

void Compiler::CheckScales() {
  absl::flat_hash_set<absl::string_view> scales;
  const auto& all = version().scoring_model().scales();
  CheckCount("scoring_model.scales", all.size(), 1, 32);
  for (int s = 0; s < all.size(); ++s) {
    const Path path("scoring_model.scales", s);
    CheckId(path.At("id"), all[s].id(), kMaxIdBytes, scales);
    CheckCount(path.At("levels"), all[s].levels_size(), 2, kMaxLevels);
    absl::flat_hash_set<absl::string_view> levels;
    int rating = 0;
    for (int l = 0; l < all[s].levels_size(); ++l) {
      const framework::v1::Level& level = all[s].levels(l);
      const Path at = path.At("levels", l);
      CheckId(at.At("id"), level.id(), kMaxIdBytes, levels);
      if (level.abbreviation().size() > 4) {
        bad_.Add(at.At("abbreviation"), level.abbreviation(), "at most 4 bytes");
      }
      if (level.rating() == type::v1::RATING_UNSPECIFIED) continue;
      if (level.rating() <= rating || level.rating() > type::v1::RATING_OUTSTANDING) {
        bad_.Add(at.At("rating"), level.rating(), "a rating above that of the levels before");
      }
      rating = level.rating();
    }
  }
}

void Compiler::CheckWords() {
  absl::flat_hash_set<std::string> seen;
  const auto& words = version().scoring_model().published_words();
  CheckCount("scoring_model.published_words", words.size(), 0, 256);
  for (int i = 0; i < words.size(); ++i) {
    const Path path("scoring_model.published_words", i);
    const std::string word = text::FoldCase(words[i].word());
    if (word.empty()) {
      bad_.Add(path.At("word"), "", "the words that are published");
    } else if (!seen.insert(word).second) {
      bad_.Add(check::kIdReused, path.At("word"), word, "words that are not used before");
    }
    if (!IsId(words[i].reason(), false) || words[i].reason().size() > kMaxReasonBytes) {
      bad_.Add(path.At("reason"), words[i].reason(), "lower-case letters, digits and hyphens");
    }
  }
}

void Compiler::CheckCatalogue() {
  CheckCount("groups", version().groups_size(), 1, 64);
  CheckCount("items", version().items_size(), 0, 512);
  CheckCount("categories", version().categories_size(), 0, 16);
  CheckCount("sectors", version().sectors_size(), 0, 64);
  CheckCount("regulation_links", version().regulation_links_size(), 0, 4096);
  absl::flat_hash_set<absl::string_view> groups;
  for (int i = 0; i < version().groups_size(); ++i) {
    const Path path("groups", i);
    CheckId(path.At("id"), version().groups(i).id(), kMaxIdBytes, groups);
  }
  absl::flat_hash_set<absl::string_view> categories;
  for (int i = 0; i < version().categories_size(); ++i) {
    const Path path("categories", i);
    CheckId(path.At("id"), version().categories(i).id(), kMaxIdBytes, categories);
  }
  absl::flat_hash_set<absl::string_view> sectors;
  for (int i = 0; i < version().sectors_size(); ++i) {
    const Path path("sectors", i);
    CheckId(path.At("id"), version().sectors(i).id(), kMaxIdBytes, sectors);
  }
  CheckItems();
  CheckScales();
  const std::size_t before = bad_.count();
  CheckNameAndDates();
  CheckLinks();
  CheckWords();
  harmless_ += bad_.count() - before;
}

}  // namespace assay::model
