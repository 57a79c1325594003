#include "bench/matching_pairs.h"

#include <cmath>
#include <functional>
#include <stdexcept>
#include <unordered_set>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/import/csv.h"
#include "knowledge/catalog/import/header.h"

namespace mla::bench {
namespace {

using base::Random;

bool chance(Random& random, double p) { return random.uniform() < p; }

const std::string& pick(Random& random, const std::vector<std::string>& from) {
  return from[random.below(from.size())];
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

std::string title_case(std::string text) {
  bool start = true;
  for (char& c : text) {
    if (start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    start = c == ' ' || c == '(' || c == '[';
  }
  return text;
}

std::string without_accents(std::string text) {
  const std::vector<std::pair<std::string, std::string>> letters = {
      {"á", "a"}, {"à", "a"}, {"â", "a"}, {"ä", "a"}, {"ã", "a"}, {"å", "a"}, {"é", "e"}, {"è", "e"},
      {"ê", "e"}, {"ë", "e"}, {"í", "i"}, {"î", "i"}, {"ï", "i"}, {"ó", "o"}, {"ô", "o"}, {"ö", "o"},
      {"õ", "o"}, {"ø", "o"}, {"ú", "u"}, {"û", "u"}, {"ü", "u"}, {"ñ", "n"}, {"ç", "c"}, {"É", "E"},
      {"Á", "A"}, {"Ó", "O"}, {"Ö", "O"}, {"Ü", "U"}, {"ß", "ss"}};
  for (const auto& [from, to] : letters) replace_all(text, from, to);
  return text;
}

std::string decomposed(std::string text) {
  const std::vector<std::pair<std::string, std::string>> letters = {
      {"á", "a\u0301"}, {"é", "e\u0301"}, {"í", "i\u0301"}, {"ó", "o\u0301"}, {"ú", "u\u0301"}, {"ñ", "n\u0303"},
      {"ü", "u\u0308"}, {"ö", "o\u0308"}, {"ä", "a\u0308"}, {"ç", "c\u0327"}, {"ã", "a\u0303"}, {"ê", "e\u0302"}};
  for (const auto& [from, to] : letters) replace_all(text, from, to);
  return text;
}

std::string full_width(const std::string& text) {
  std::string wide;
  for (const char c : text) {
    if (c > ' ' && c < 0x7F) {
      const int point = 0xFF01 + (c - '!');
      wide += {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
               static_cast<char>(0x80 | (point & 0x3F))};
    } else {
      wide += c;
    }
  }
  return wide;
}

// One letter left out, doubled, swapped with the next or replaced.
std::string misspelt(std::string text, Random& random) {
  if (text.size() < 8) return text;
  const std::size_t at = 1 + random.below(text.size() - 2);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text[at]) || !letter(text[at + 1])) return text;
  switch (random.below(4)) {
    case 0:
      text.erase(at, 1);
      break;
    case 1:
      text.insert(at, 1, text[at]);
      break;
    case 2:
      std::swap(text[at], text[at + 1]);
      break;
    default:
      text[at] = static_cast<char>('a' + random.below(26));
  }
  return text;
}

std::string cut_utf8(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
  return text;
}

// "Title - X Remix" as other services and taggers write it, and back.
void restyle_tail(std::string& title, Random& random) {
  const std::size_t dash = title.rfind(" - ");
  if (dash != std::string::npos && dash > 0) {
    const std::string tail = title.substr(dash + 3);
    const std::string body = title.substr(0, dash);
    if (tail.find('(') != std::string::npos) return;
    title =
        pick(random, {body + " (" + tail + ")", body + " [" + tail + "]", body + " - " + tail, body + " – " + tail});
    return;
  }
  const std::size_t open = title.rfind('(');
  if (open == std::string::npos || open == 0 || title.back() != ')') return;
  title = pick(random, {title.substr(0, open) + "[" + title.substr(open + 1, title.size() - open - 2) + "]", title});
}

// Moves "(feat. X)" about: other words for it, into the artist, or away.
void restyle_guests(std::string& title, std::string& artist, Random& random) {
  for (const std::string_view word : {"(feat. ", "(Feat. ", "[feat. ", "(with ", "(ft. "}) {
    const std::size_t open = title.find(word);
    const std::size_t close = open == std::string::npos ? open : title.find_first_of(")]", open);
    if (close == std::string::npos) continue;
    const std::string guest = title.substr(open + word.size(), close - open - word.size());
    std::string rest = title.substr(0, open) + title.substr(close + 1);
    while (!rest.empty() && rest.back() == ' ') rest.pop_back();
    replace_all(rest, "  ", " ");
    switch (random.below(6)) {
      case 0:
        title = rest;  // left out
        break;
      case 1:
        title = rest;
        artist += pick(random, {" feat. ", " ft. ", " featuring ", " Feat. "}) + guest;
        break;
      case 2:
        title = rest;
        artist += pick(random, {", ", "; ", " & ", "/"}) + guest;
        break;
      case 3:
        title = rest + " ft. " + guest;
        break;
      case 4:
        title = rest + " [feat. " + guest + "]";
        break;
      default:
        break;
    }
    return;
  }
}

void restyle_characters(std::string& text, Random& random) {
  const double p = random.uniform();
  if (p < 0.08)
    text = base::to_lower(text);
  else if (p < 0.14)
    text = upper(text);
  else if (p < 0.24)
    text = title_case(text);
  if (chance(random, 0.25))
    text = without_accents(text);
  else if (chance(random, 0.15))
    text = decomposed(text);
  if (chance(random, 0.01)) text = full_width(text);
  if (chance(random, 0.2))
    replace_all(text, "'", "\u2019");
  else if (chance(random, 0.05))
    replace_all(text, "'", "");
  else if (chance(random, 0.03))
    replace_all(text, "'", "`");
  if (chance(random, 0.2))
    replace_all(text, " & ", " and ");
  else if (chance(random, 0.2))
    replace_all(text, " and ", " & ");
  if (chance(random, 0.1)) replace_all(text, "...", "\u2026");
  if (chance(random, 0.05)) {  // as file names have it
    for (const char* sign : {"?", "\"", "*"}) replace_all(text, sign, "");
    for (const char* sign : {"/", ":"}) replace_all(text, sign, "_");
  }
  if (chance(random, 0.03)) replace_all(text, " ", "  ");
  if (chance(random, 0.02)) text = " " + text + " ";
}

void restyle_article(std::string& name, Random& random) {
  if (!name.starts_with("The ") || name.size() < 8) return;
  if (chance(random, 0.12))
    name = name.substr(4) + ", The";
  else if (chance(random, 0.12))
    name = name.substr(4);
}

void restyle_wrapping(std::string& title, Random& random) {
  const std::string low = base::to_lower(title);
  if (const std::size_t at = low.rfind(" - ");
      at != std::string::npos && low.find("remaster", at) != std::string::npos) {
    if (chance(random, 0.5)) title.resize(at);
    return;
  }
  if (chance(random, 0.06)) {
    title += pick(random, {" - 2011 Remaster", " (Remastered)", " - Remastered 2009", " [2015 Remastered Version]",
                           " - Remastered", " (Digital Remaster)", " (2003 - Remaster)"});
  } else if (chance(random, 0.03)) {
    title += pick(random, {" (Album Version)", " [Explicit]", " (Explicit)", " - Bonus Track", " (Bonus Track)",
                           " (Official Video)", " [Official Music Video]", " (Official Audio)", " (Lyrics)"});
  }
}

}  // namespace

std::vector<CatalogueSong> read_catalogue(const std::filesystem::path& file) {
  const auto source = catalog::open_source(file);
  if (!source.ok()) throw std::runtime_error(source.error().message);
  catalog::CsvReader reader(**source);
  const catalog::Header header = catalog::Header::read(reader, file.string()).value();
  std::vector<std::size_t> columns;
  for (const char* name : {"track_id", "track_name", "track_artist", "track_album_name", "duration_ms", "tempo"}) {
    columns.push_back(header.find(name).value());
  }
  std::unordered_set<std::string> seen;
  std::vector<CatalogueSong> songs;
  for (;;) {
    const auto row = reader.next();
    if (!row.ok()) throw std::runtime_error(row.error().message);
    if (*row == catalog::CsvReader::Row::kEnd) return songs;
    if (*row == catalog::CsvReader::Row::kBad) continue;
    const auto field = [&](std::size_t i) { return std::string(reader.fields()[columns[i]]); };
    if (field(1).empty() || field(1) == "NA" || !seen.insert(field(0)).second) continue;
    CatalogueSong song;
    song.item.id = base::ItemId("spotify:track:" + field(0));
    song.item.title = field(1);
    song.item.artist = field(2);
    song.item.album = field(3);
    song.item.duration_seconds = base::parse_double(field(4)).value() / 1000;
    song.tempo = base::parse_double(field(5)).value_or(0);
    songs.push_back(std::move(song));
  }
}

catalog::Item heard_as(const catalog::Item& song, Random& random) {
  catalog::Item heard = song;
  heard.id = base::ItemId("heard");
  heard.external_ids.clear();
  if (chance(random, 0.7)) restyle_guests(heard.title, heard.artist, random);
  if (chance(random, 0.5)) restyle_tail(heard.title, random);
  restyle_wrapping(heard.title, random);
  restyle_article(heard.title, random);
  restyle_article(heard.artist, random);
  if (chance(random, 0.02)) heard.title = misspelt(heard.title, random);
  if (chance(random, 0.01)) heard.artist = misspelt(heard.artist, random);
  if (chance(random, 0.02)) {  // ID3v1
    heard.title = cut_utf8(heard.title, 30);
    heard.artist = cut_utf8(heard.artist, 30);
  }
  restyle_characters(heard.title, random);
  restyle_characters(heard.artist, random);
  const double album = random.uniform();
  if (album < 0.2)
    heard.album.clear();
  else if (album < 0.4)
    heard.album = pick(random, {"Greatest Hits", "Now 45", "The Collection", "Summer Mix", heard.title});
  else if (album < 0.5)
    heard.album += pick(random, {" (Deluxe)", " (Deluxe Edition)", " [Remastered]"});
  if (chance(random, 0.5))
    heard.duration_seconds.reset();
  else
    *heard.duration_seconds += (random.uniform() - 0.5) * 3;
  return heard;
}

catalog::Item not_this(const catalog::Item& song, const std::string& other_artist, Random& random, std::string& kind) {
  catalog::Item other = heard_as(song, random);
  const std::uint64_t what = random.below(4);
  if (what == 0) {
    kind = "cover";
    other.artist = pick(random, {other_artist, other_artist, other_artist, song.artist + " Tribute Band",
                                 "Various Artists", "The Karaoke Channel"});
    if (other.duration_seconds) *other.duration_seconds += (random.uniform() - 0.5) * 40;
  } else if (what == 1 && other.duration_seconds) {
    kind = "other length";
    *other.duration_seconds *= chance(random, 0.5) ? 1.1 + 0.4 * random.uniform() : 0.9 - 0.4 * random.uniform();
  } else {
    kind = "other version";
    // One that says already what it is becomes something else by its length alone.
    if (other.title.find_first_of("([") != std::string::npos || other.title.find(" - ") != std::string::npos) {
      kind = "other length";
      other.duration_seconds = *song.duration_seconds * (chance(random, 0.5) ? 1.1 : 0.85);
      return other;
    }
    other.title +=
        pick(random, {" - Live", " (Live)", " (Live at Wembley)", " - Live In Paris / 1999", " - Acoustic",
                      " (Acoustic Version)", " (DJ Somebody Remix)", " - Somebody Else Remix", " - Demo", " (Demo)",
                      " - Instrumental", " [Karaoke Version]", " (Reprise)", " - Extended Mix", " (Unplugged)",
                      " (Piano Version)", " - Sped Up", " (Spanish Version)", " - Club Mix"});
    if (other.duration_seconds) *other.duration_seconds += (random.uniform() - 0.5) * 60;
  }
  return other;
}

bool truly_same(const CatalogueSong& a, const CatalogueSong& b) {
  if (base::to_lower(a.item.artist) != base::to_lower(b.item.artist)) return false;
  const double apart = std::abs(*a.item.duration_seconds - *b.item.duration_seconds);
  const std::string x = base::to_lower(a.item.title);
  const std::string y = base::to_lower(b.item.title);
  if (x == y && apart <= 3) return true;
  if (apart > 4 || x.substr(0, 3) != y.substr(0, 3)) return false;
  const auto near = [](double p, double q) { return std::abs(p - q) < 0.01 * q; };
  return near(a.tempo, b.tempo) || near(2 * a.tempo, b.tempo) || near(a.tempo, 2 * b.tempo);
}

}  // namespace mla::bench
