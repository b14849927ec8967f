#include "services/scoring/cache/cache_key.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace assay::scoring {
namespace {

constexpr std::array<bool, 256> MakePlain() {
  std::array<bool, 256> plain{};
  for (int c = '0'; c <= '9'; ++c) plain[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) plain[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) plain[c] = true;
  for (char c : {'-', '.', '_', '~', '/'}) plain[static_cast<unsigned char>(c)] = true;
  return plain;
}

constexpr std::array<bool, 256> kPlain = MakePlain();

// Appends `:` and the text, escaped.
void AppendText(absl::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  out.push_back(':');
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain[byte]) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    }
  }
}

}  // namespace

std::string SubjectRevision::ToString() const {
  return of_parts_ ? absl::StrCat("d", parts_.ToHex()) : absl::StrCat("c", counter_);
}

std::string CacheKey::ToString() const {
  std::string key;
  key.reserve(64 + epoch.size() + model_digest.size() + subject.size() + view.size());
  absl::StrAppend(&key, "{p", absl::Dec(partition, absl::kZeroPad3), "}");
  AppendText(epoch, key);
  absl::StrAppend(&key, ":r", render_version);
  AppendText(model_digest, key);
  AppendText(subject, key);
  AppendText(view, key);
  absl::StrAppend(&key, ":", revision.ToString(), ":", valid_from.ToString());
  return key;
}

}  // namespace assay::scoring
