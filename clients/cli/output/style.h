// Colours on a terminal, and how wide text is there.
//
// Thread safety: plain values and pure functions. Cost: a string a call.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace assay::cli {

// What a piece of text is, so that colour is decided in one place.
enum class Tone {
  kPlain,
  kStrong,  // headings
  kFaint,   // what matters less: ids, dates, unrated
  kBest,
  kGood,
  kWarn,
  kBad,
};

// Whether text is coloured. Off makes every function return its text as it came.
class Style {
 public:
  explicit Style(bool on) : on_(on) {}

  // `text` in the colours of `tone`, ending in the terminal's own colours.
  std::string Paint(Tone tone, absl::string_view text) const;

  bool on() const { return on_; }

 private:
  bool on_;
};

// Whether output to the file descriptor should be coloured: it is a terminal that knows colours
// (TERM is set and not `dumb`) and NO_COLOR is unset or empty (no-color.org).
bool WantsColour(int file_descriptor);

// Columns of the terminal behind a file descriptor; 80 where it is none or does not say.
int TerminalWidth(int file_descriptor);

// How many columns `text` takes: its characters, for valid UTF-8 without wide characters.
std::size_t DisplayWidth(absl::string_view text);

// `text` made harmless for a terminal: control characters and bytes that are not UTF-8 as \xNN, cut
// to 400 bytes. Everything that came from a service passes through here.
std::string Shown(absl::string_view text);

}  // namespace assay::cli
