#include "knowledge/catalog/matching/song_name.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "foundation/base/parse.h"
#include "knowledge/catalog/matching/fold.h"

namespace mla::catalog {
namespace {

using Words = std::vector<std::string>;

// Words that make another recording, and the form in which they are compared. Spanish, Portuguese, German, French too.
constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
    {"live", "live"},
    {"vivo", "live"},
    {"directo", "live"},
    {"concert", "live"},
    {"unplugged", "live"},
    {"session", "live"},
    {"sessions", "live"},
    {"acoustic", "acoustic"},
    {"acustico", "acoustic"},
    {"acustica", "acoustic"},
    {"akustik", "acoustic"},
    {"acoustique", "acoustic"},
    {"stripped", "acoustic"},
    {"remix", "remix"},
    {"rmx", "remix"},
    {"remixed", "remix"},
    {"mix", "remix"},
    {"rework", "remix"},
    {"bootleg", "remix"},
    {"flip", "remix"},
    {"vip", "remix"},
    {"dub", "remix"},
    {"mashup", "remix"},
    {"edit", "edit"},
    {"radio", "edit"},
    {"single", "edit"},
    {"extended", "extended"},
    {"demo", "demo"},
    {"instrumental", "instrumental"},
    {"karaoke", "karaoke"},
    {"acapella", "acapella"},
    {"cappella", "acapella"},
    {"cover", "cover"},
    {"reprise", "reprise"},
    {"interlude", "interlude"},
    {"intro", "intro"},
    {"outro", "outro"},
    {"skit", "skit"},
    {"orchestral", "orchestral"},
    {"piano", "piano"},
    {"rerecorded", "rerecorded"},
    {"recorded", "rerecorded"},
    {"sped", "sped"},
    {"slowed", "slowed"},
    {"nightcore", "nightcore"},
    {"alternate", "alternate"},
    {"alternative", "alternate"},
    {"rehearsal", "demo"},
    {"remake", "remake"},
    {"version", "version"},
    {"cut", "edit"},
    {"edited", "edit"},
};

// Words that only say how the same recording was wrapped.
constexpr std::string_view kWrappings[] = {
    "remaster", "remastered", "remasterizado", "remasterise", "remastering", "digital",  "digitally", "mono",
    "stereo",   "original",   "album",         "lp",          "ep",          "explicit", "clean",     "bonus",
    "track",    "deluxe",     "edition",       "anniversary", "main",        "full",     "length",    "official",
    "video",    "audio",      "lyric",         "lyrics",      "music",       "hd"};

constexpr std::string_view kGuestWords[] = {"feat", "ft", "featuring", "feats"};
constexpr std::string_view kArticles[] = {"the", "a", "an", "and", "der", "die", "das", "les", "los"};
constexpr std::string_view kRoman[] = {"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"};

template <class Range>
bool contains(const Range& range, std::string_view word) {
  return std::find(std::begin(range), std::end(range), word) != std::end(range);
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_number(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_year(std::string_view word) {
  return word.size() == 4 && (word.starts_with("19") || word.starts_with("20")) && is_number(word);
}

// Words of folded text: apostrophes join ("don't" is "dont"), "&" and a lone "+" or "n" are "and", "$" and "!" inside
// a word are "s" and "i" ("P!nk"), "pt" is "part" and a Roman number after it a number.
Words words_of(std::string_view text) {
  Words words;
  std::string word;
  const auto end_word = [&] {
    if (word.empty()) return;
    if (word == "n") word = "and";
    if (word == "pt") word = "part";
    if (!words.empty() && words.back() == "part") {
      const auto* roman = std::find(std::begin(kRoman), std::end(kRoman), word);
      if (roman != std::end(kRoman)) word = std::to_string(roman - std::begin(kRoman) + 1);
    }
    words.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool before = i > 0 && is_word_byte(text[i - 1]);
    const bool after = i + 1 < text.size() && is_word_byte(text[i + 1]);
    if (is_word_byte(c)) {
      word += c;
    } else if (c == '$' && after) {
      word += 's';
    } else if (c == '!' && before && after) {
      word += 'i';
    } else if (c == '&' || (c == '+' && !before && !after)) {
      end_word();
      words.emplace_back("and");
    } else if (c != '\'' && c != '`') {
      end_word();
    }
  }
  end_word();
  return words;
}

std::string joined(const Words& words, std::string_view between = {}) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

// The kind that a word says, or "".
std::string_view kind_of(std::string_view word) {
  const auto* found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& kind) { return kind.first == word; });
  return found == std::end(kKinds) ? std::string_view() : found->second;
}

enum class Part : std::uint8_t { kTitle, kGuests, kWrapping, kVersion };

Part part_of(const Words& words) {
  if (words.empty()) return Part::kWrapping;
  if (contains(kGuestWords, words.front()) || (words.front() == "with" && words.size() > 1)) return Part::kGuests;
  if (words.front() == "from" && words.size() > 1) return Part::kWrapping;
  if (words.front() == "prod" || (words.front() == "produced" && words.size() > 1)) return Part::kWrapping;
  bool wrapped = false;
  bool version = false;
  bool plain_mix = true;  // "original mix", "album version": nothing but a wrapping
  for (const std::string& word : words) {
    const std::string_view kind = kind_of(word);
    const bool wrapping = contains(kWrappings, word) || is_year(word);
    wrapped |= wrapping;
    version |= !kind.empty();
    plain_mix &= wrapping || word == "mix" || word == "version" || word == "the";
  }
  if (plain_mix && wrapped) return Part::kWrapping;
  if (version) return Part::kVersion;
  const bool remastered =
      std::any_of(words.begin(), words.end(), [](const auto& w) { return w.starts_with("remaster"); });
  return remastered ? Part::kWrapping : Part::kTitle;
}

void add_version(const Words& words, SongName& name) {
  const bool edit = contains(words, "radio") || contains(words, "single") || contains(words, "edit");
  for (const std::string& word : words) {
    if (contains(kWrappings, word) || contains(kArticles, word) || is_year(word) || word == "at" || word == "in" ||
        word == "from" || word == "by" || word == "re" || word == "up") {
      continue;
    }
    std::string_view kind = kind_of(word);
    if (edit && word == "mix") kind = "edit";  // a radio mix is a radio edit
    if (kind == "version" && words.size() > 1 && edit) continue;
    if (!kind.empty()) name.kinds.emplace_back(kind);
    name.version.emplace_back(kind.empty() ? word : kind);
  }
}

void sort_unique(Words& words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
}

// "version" says nothing beside another kind: "acoustic version" is "acoustic".
void drop_weak_kind(SongName& name) {
  sort_unique(name.kinds);
  sort_unique(name.version);
  if (name.kinds.size() < 2) return;
  std::erase(name.kinds, "version");
  std::erase(name.version, "version");
}

// One by one: "Simon & Garfunkel feat. X" calls take("simon", false), take("garfunkel", false), take("x", true).
template <class Take>
void for_each_artist(std::string_view folded, bool guests, const Take& take) {
  constexpr std::string_view kBetween[] = {"and", "vs", "x", "presents", "pres", "y", "und"};
  Words current;
  const auto end_artist = [&] {
    std::erase_if(current, [](const std::string& word) { return contains(kArticles, word); });
    if (!current.empty()) take(joined(current), guests);
    current.clear();
  };
  std::string piece;
  const auto end_piece = [&] {
    for (std::string& word : words_of(piece)) {
      if (contains(kGuestWords, word) && !(current.empty() && !guests)) {
        end_artist();
        guests = true;
      } else if (contains(kBetween, word) && !current.empty()) {
        end_artist();
      } else if (!contains(kGuestWords, word)) {
        current.push_back(std::move(word));
      }
    }
    end_artist();
    piece.clear();
  };
  for (const char c : folded) {
    if (c == ',' || c == ';' || c == '/' || c == '(' || c == ')' || c == '[' || c == ']') {
      end_piece();
    } else {
      piece += c;
    }
  }
  end_piece();
}

void add_guests(std::string_view folded, SongName& name) {
  for_each_artist(folded, true, [&](std::string artist, bool) { name.guests.push_back(std::move(artist)); });
}

// One stretch of a title: outside brackets up to a " - ", inside brackets, or behind a " - ".
struct Stretch {
  std::string text;
  bool first;  // the song itself, whatever it says
};

std::vector<Stretch> stretches_of(std::string_view folded) {
  std::vector<Stretch> stretches;
  std::string outside;
  for (std::size_t i = 0; i < folded.size();) {
    const char open = folded[i];
    const char close = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : '\0';
    const std::size_t end = close != '\0' ? folded.find(close, i) : std::string_view::npos;
    if (end != std::string_view::npos) {
      // A bracket at the front belongs to the title: "(I Can't Get No) Satisfaction".
      if (words_of(outside).empty() && !words_of(folded.substr(end + 1)).empty()) {
        outside += folded.substr(i + 1, end - i - 1);
        outside += ' ';
      } else {
        stretches.push_back({std::string(folded.substr(i + 1, end - i - 1)), false});
        outside += ' ';
      }
      i = end + 1;
    } else {
      outside += folded[i++];
    }
  }
  std::vector<Stretch> all;
  bool first = true;
  for (std::string_view rest = outside; !rest.empty() || first;) {
    const std::size_t dash = rest.find(" - ");
    all.push_back({std::string(rest.substr(0, dash)), first});
    first = false;
    if (dash == std::string_view::npos) break;
    rest.remove_prefix(dash + 3);
  }
  all.insert(all.end(), std::make_move_iterator(stretches.begin()), std::make_move_iterator(stretches.end()));
  return all;
}

// Takes "feat. X" off the end of words that are no bracket of their own. REQUIRES: more words before it.
std::optional<std::size_t> guest_word(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (is_word_byte(text[i - 1]) || !is_word_byte(text[i])) continue;
    for (const std::string_view word : kGuestWords) {
      const std::size_t end = i + word.size();
      if (text.substr(i, word.size()) == word && (end >= text.size() || !is_word_byte(text[end]))) return i;
    }
  }
  return std::nullopt;
}

void drop_leading_article(Words& words) {
  if (words.size() > 1 && (words.front() == "the" || words.front() == "a" || words.front() == "an")) {
    words.erase(words.begin());
  } else if (words.size() > 1 && words.back() == "the") {
    words.pop_back();
  }
}

struct Parsed {
  SongName name;
  Words title;
};

Parsed parse(std::string_view title, std::string_view artist) {
  Parsed parsed;
  SongName& name = parsed.name;
  Words short_title;
  const std::string folded = fold(title);
  for (const Stretch& stretch : stretches_of(folded)) {
    std::string_view text = stretch.text;
    if (const auto guest = guest_word(text); guest && !words_of(text.substr(0, *guest)).empty()) {
      add_guests(text.substr(*guest), name);
      text = text.substr(0, *guest);
    }
    Words words = words_of(text);
    switch (stretch.first ? Part::kTitle : part_of(words)) {
      case Part::kTitle:
        if (stretch.first) short_title = words;
        parsed.title.insert(parsed.title.end(), std::make_move_iterator(words.begin()),
                            std::make_move_iterator(words.end()));
        break;
      case Part::kGuests:
        if (!words.empty() && words.front() == "with") text = text.substr(text.find("with") + 4);
        add_guests(text, name);
        break;
      case Part::kVersion:
        add_version(words, name);
        break;
      case Part::kWrapping:
        break;
    }
  }
  if (parsed.title.empty()) {  // nothing but version words, or no letters at all
    parsed.title = words_of(folded);
    name.version.clear();
    name.kinds.clear();
  }
  drop_leading_article(parsed.title);
  drop_leading_article(short_title);
  name.title = joined(parsed.title);
  name.short_title = short_title.empty() ? name.title : joined(short_title);
  if (name.title.empty()) name.title = name.short_title = std::string(base::trim(title));
  drop_weak_kind(name);

  const std::string folded_artist = fold(artist);
  Words all;
  for_each_artist(folded_artist, false,
                  [&](std::string one, bool guest) { (guest ? name.guests : name.artists).push_back(std::move(one)); });
  std::string_view main = folded_artist;
  if (const auto guest = guest_word(main)) main = main.substr(0, *guest);
  for (std::string& word : words_of(main)) {
    if (!contains(kArticles, word)) all.push_back(std::move(word));
  }
  if (all.empty()) all = words_of(folded_artist);
  if (name.artists.empty() && !all.empty()) name.artists.push_back(joined(all));
  std::sort(all.begin(), all.end());
  name.artist = joined(all);
  sort_unique(name.guests);
  return parsed;
}

}  // namespace

SongName parse_song(std::string_view title, std::string_view artist) { return parse(title, artist).name; }

std::string song_key(std::string_view title, std::string_view artist) {
  Parsed parsed = parse(title, artist);
  const std::string words = parsed.title.empty() ? parsed.name.title : joined(parsed.title, " ");
  std::string by = joined(parsed.name.artists, " ");
  return words + '\n' + by;
}

}  // namespace mla::catalog
