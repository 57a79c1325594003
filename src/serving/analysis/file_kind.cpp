#include "serving/analysis/file_kind.h"

#include <algorithm>
#include <vector>

#include "foundation/base/parse.h"

namespace mla::analysis {
namespace {

// Bytes at a place.
struct Magic {
  std::size_t at;
  std::string_view bytes;
};

struct Kind {
  std::string_view extension;
  std::vector<std::vector<Magic>> begins;  // one of these, each of all its parts
  std::vector<std::string_view> codecs;    // how names of codecs begin
};

const std::vector<Kind>& kinds() {
  using namespace std::string_view_literals;
  static const std::vector<Kind> table = {
      // A frame of MPEG audio, layer III, with or without CRC; or tags before it.
      {".mp3",
       {{{0, "ID3"}},
        {{0, "\xff\xfb"sv}},
        {{0, "\xff\xfa"sv}},
        {{0, "\xff\xf3"sv}},
        {{0, "\xff\xf2"sv}},
        {{0, "\xff\xe3"sv}},
        {{0, "\xff\xe2"sv}}},
       {"mp3"}},
      {".wav", {{{0, "RIFF"}, {8, "WAVE"}}, {{0, "RF64"}, {8, "WAVE"}}}, {"pcm_", "adpcm_"}},
      {".flac", {{{0, "fLaC"}}, {{0, "ID3"}}}, {"flac"}},
      {".ogg", {{{0, "OggS"}}}, {"vorbis", "opus", "flac"}},
      {".opus", {{{0, "OggS"}}}, {"opus"}},
      {".m4a", {{{4, "ftyp"}}}, {"aac", "alac"}},
      {".aiff", {{{0, "FORM"}, {8, "AIF"}}}, {"pcm_"}},
  };
  return table;
}

const Kind* find(std::string_view extension) {
  const auto found = std::ranges::find(kinds(), extension, &Kind::extension);
  return found == kinds().end() ? nullptr : &*found;
}

}  // namespace

std::string extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? "" : base::to_lower(name.substr(dot));
}

bool has_magic_of(std::string_view content, std::string_view extension) {
  const Kind* kind = find(extension);
  if (kind == nullptr) return true;
  return std::ranges::any_of(kind->begins, [&](const std::vector<Magic>& all) {
    return std::ranges::all_of(all, [&](const Magic& magic) {
      return content.size() >= magic.at && content.substr(magic.at).starts_with(magic.bytes);
    });
  });
}

bool is_codec_of(std::string_view codec, std::string_view extension) {
  const Kind* kind = find(extension);
  return kind == nullptr ||
         std::ranges::any_of(kind->codecs, [&](std::string_view begin) { return codec.starts_with(begin); });
}

}  // namespace mla::analysis
