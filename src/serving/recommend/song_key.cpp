#include "serving/recommend/song_key.h"

#include <algorithm>
#include <array>

#include "foundation/base/parse.h"

namespace mla::recommend {
namespace {

constexpr std::array<std::string_view, 22> kVersionWords = {
    "remaster", "remastered",  "live",     "edit",      "version", "mono",        "stereo", "mix",
    "remix",    "demo",        "acoustic", "extended",  "radio",   "explicit",    "clean",  "bonus",
    "single",   "anniversary", "deluxe",   "unplugged", "session", "instrumental"};
constexpr std::array<std::string_view, 3> kGuestWords = {"feat", "ft", "featuring"};

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Calls `visit(word)` for each run of letters, digits and non-ASCII bytes; stops when it returns true.
template <class Visit>
bool any_word(std::string_view text, Visit visit) {
  std::size_t i = 0;
  while (i < text.size()) {
    while (i < text.size() && !is_word_byte(text[i])) ++i;
    const std::size_t begin = i;
    while (i < text.size() && is_word_byte(text[i])) ++i;
    if (i > begin && visit(text.substr(begin, i - begin))) return true;
  }
  return false;
}

bool is_year(std::string_view word) {
  return word.size() == 4 && (word.starts_with("19") || word.starts_with("20")) &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_guest(std::string_view word) {
  return std::find(kGuestWords.begin(), kGuestWords.end(), word) != kGuestWords.end();
}

// True if the part of a title only says which version it is, or who guests on it.
bool marks_version(std::string_view part) {
  return any_word(part, [](std::string_view word) {
    return is_year(word) || is_guest(word) ||
           std::find(kVersionWords.begin(), kVersionWords.end(), word) != kVersionWords.end();
  });
}

// Removes bracketed parts that mark a version; other brackets belong to the title.
std::string without_version_brackets(std::string_view title) {
  std::string kept;
  for (std::size_t i = 0; i < title.size();) {
    const char open = title[i];
    const char close = open == '(' ? ')' : open == '[' ? ']' : '\0';
    const std::size_t end = close != '\0' ? title.find(close, i) : std::string_view::npos;
    if (end != std::string_view::npos && marks_version(title.substr(i + 1, end - i - 1))) {
      i = end + 1;
    } else {
      kept += title[i++];
    }
  }
  return kept;
}

// Words joined by single spaces, up to the first guest word that is not the first word.
std::string plain_words(std::string_view text) {
  std::string words;
  any_word(text, [&](std::string_view word) {
    if (!words.empty() && is_guest(word)) return true;
    if (!words.empty()) words += ' ';
    words += word;
    return false;
  });
  return words;
}

}  // namespace

std::string song_key(std::string_view title, std::string_view artist) {
  std::string kept = without_version_brackets(base::to_lower(title));
  for (std::size_t dash = kept.rfind(" - "); dash != std::string::npos && dash > 0; dash = kept.rfind(" - ")) {
    if (!marks_version(std::string_view(kept).substr(dash))) break;
    kept.resize(dash);
  }
  std::string words = plain_words(kept);
  if (words.empty()) words = plain_words(base::to_lower(title));
  return words + '\n' + plain_words(base::to_lower(artist));
}

}  // namespace mla::recommend
