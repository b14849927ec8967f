#include "clients/cli/output/style.h"

#include <unistd.h>

#include <cstdlib>

#include <sys/ioctl.h>

#include "absl/strings/str_cat.h"

#include "services/common/errors/text.h"

namespace assay::cli {
namespace {

constexpr int kDefaultWidth = 80;
constexpr std::size_t kMaxShownBytes = 400;

absl::string_view Code(Tone tone) {
  switch (tone) {
    case Tone::kStrong:
      return "1";
    case Tone::kFaint:
      return "2";
    case Tone::kBest:
      return "1;32";
    case Tone::kGood:
      return "32";
    case Tone::kWarn:
      return "33";
    case Tone::kBad:
      return "31";
    case Tone::kPlain:
      break;
  }
  return "";
}

}  // namespace

std::string Style::Paint(Tone tone, absl::string_view text) const {
  if (!on_ || tone == Tone::kPlain || text.empty()) return std::string(text);
  return absl::StrCat("\x1b[", Code(tone), "m", text, "\x1b[0m");
}

bool WantsColour(int file_descriptor) {
  if (isatty(file_descriptor) == 0) return false;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && absl::string_view(term) != "dumb";
}

int TerminalWidth(int file_descriptor) {
  winsize size{};
  if (ioctl(file_descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefaultWidth;
  return size.ws_col;
}

std::size_t DisplayWidth(absl::string_view text) {
  std::size_t width = 0;
  for (const char byte : text) {
    // Continuation bytes of UTF-8 take no column of their own.
    if ((static_cast<unsigned char>(byte) & 0xC0) != 0x80) ++width;
  }
  return width;
}

std::string Shown(absl::string_view text) { return errors::SafeText(text, kMaxShownBytes); }

}  // namespace assay::cli
