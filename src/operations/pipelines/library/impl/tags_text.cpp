#include "operations/pipelines/library/impl/tags_text.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/json.h"

namespace mla::pipelines {
namespace {

namespace json = boost::json;

// The texts of a FileTags and their names, once for both directions.
constexpr std::pair<const char*, std::string FileTags::*> kTexts[] = {
    {"title", &FileTags::title},     {"artist", &FileTags::artist},
    {"album", &FileTags::album},     {"album_artist", &FileTags::album_artist},
    {"comment", &FileTags::comment}, {"date", &FileTags::date}};

constexpr std::pair<const char*, std::optional<int> FileTags::*> kNumbers[] = {{"track", &FileTags::track},
                                                                               {"disc", &FileTags::disc}};

constexpr std::pair<const char*, std::optional<double> FileTags::*> kReals[] = {
    {"duration", &FileTags::duration_seconds}, {"replay_gain_db", &FileTags::replay_gain_db}};

}  // namespace

std::string encode_tags(const FileTags& tags) {
  json::object object;
  for (const auto& [name, field] : kTexts) {
    if (!(tags.*field).empty()) object[name] = tags.*field;
  }
  for (const auto& [name, field] : kNumbers) {
    if (tags.*field) object[name] = *(tags.*field);
  }
  for (const auto& [name, field] : kReals) {
    if (tags.*field) object[name] = *(tags.*field);
  }
  if (tags.explicit_words) object["explicit"] = true;
  if (!tags.genres.empty()) object["genres"] = json::array(tags.genres.begin(), tags.genres.end());
  for (const auto& [scheme, id] : tags.external_ids) object[scheme] = id;
  return base::to_json_text(object);
}

base::Result<FileTags> decode_tags(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object())
    return base::Error{base::ErrorCode::kCorrupt, fmt::format("tags in the database cannot be read: {}", text)};
  const json::object& object = value.get_object();
  FileTags tags;
  for (const auto& [name, field] : kTexts) {
    if (const json::value* found = object.if_contains(name); found != nullptr && found->is_string())
      tags.*field = std::string(found->get_string());
  }
  for (const auto& [name, field] : kNumbers) {
    if (const json::value* found = object.if_contains(name); found != nullptr && found->is_int64())
      tags.*field = static_cast<int>(found->get_int64());
  }
  for (const auto& [name, field] : kReals) {
    if (const json::value* found = object.if_contains(name); found != nullptr && found->is_number())
      tags.*field = found->to_number<double>();
  }
  const json::value* words = object.if_contains("explicit");
  tags.explicit_words = words != nullptr && words->is_bool() && words->get_bool();
  if (const json::value* genres = object.if_contains("genres"); genres != nullptr && genres->is_array()) {
    for (const json::value& genre : genres->get_array()) {
      if (genre.is_string()) tags.genres.emplace_back(genre.get_string());
    }
  }
  for (const char* scheme : {"mbid", "isrc", "acoustid"}) {
    if (const json::value* found = object.if_contains(scheme); found != nullptr && found->is_string())
      tags.external_ids[scheme] = std::string(found->get_string());
  }
  return tags;
}

}  // namespace mla::pipelines
