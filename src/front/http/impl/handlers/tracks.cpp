#include "front/http/impl/handlers/tracks.h"

#include <algorithm>

#include "foundation/base/parse.h"
#include "front/http/dto.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/query.h"

namespace mla::http {
namespace {

namespace json = boost::json;
using security::Permission;

constexpr std::size_t kMostLines = 10'000;
constexpr std::size_t kMostErrors = 100;  // that are told; all are counted
constexpr std::int64_t kPage = 50;
constexpr std::int64_t kMostPage = 500;

// The item with what this caller may see of it.
json::object shown_to(const security::Caller& caller, const catalog::Item& item) {
  json::object object = to_json(item);
  if (!caller.may(Permission::kReadPaths, {})) object.erase("path");
  return object;
}

// A page, and where the next one begins: `last` of `found`, which has one entry more than `limit` if there is more.
template <class T>
json::value cut_page(std::vector<T>& found, std::size_t limit, const std::string& (*place)(const T&)) {
  if (found.size() <= limit) return nullptr;
  found.resize(limit);
  return json::value(encode_cursor(place(found.back())));
}

const std::string& name_of(const catalog::ArtistCount& artist) { return artist.name; }
const std::string& id_of(const catalog::Item& item) { return item.id.str(); }

// What a bulk request asks for.
struct Bulk {
  std::vector<catalog::Item> items;
  std::int64_t failed = 0;
  json::array errors;  // {line, detail}, of the first ones
  std::size_t lines = 0;
};

void read_line(std::string_view line, Bulk& bulk) {
  Parsed<catalog::Item> parsed = parse_track_line(line);
  if (parsed.errors.empty()) {
    const base::Status valid = catalog::check(parsed.value);
    if (valid.ok()) {
      bulk.items.push_back(std::move(parsed.value));
      return;
    }
    parsed.errors.push_back({{"body"}, valid.error().message, "value_error"});
  }
  ++bulk.failed;
  if (bulk.errors.size() >= kMostErrors) return;
  bulk.errors.push_back(json::object{{"line", bulk.lines}, {"detail", *validation_response(parsed.errors).detail}});
}

}  // namespace

Response get_track(engine::Engine& engine, const Call& call) {
  const auto item = engine.track(base::ItemId(call.parameter));
  if (!item.ok()) return error_response(item.error());
  if (!item->has_value()) return not_there("There is no track with this id");
  return json_response(shown_to(call.caller, **item));
}

Response put_track(engine::Engine& engine, const Call& call) {
  const auto parsed = parse_track(call.request.body, call.parameter);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  const auto counts = engine.put_track(parsed.value);
  if (!counts.ok()) return error_response(counts.error());
  return json_response(shown_to(call.caller, parsed.value), counts->added > 0 ? 201 : 200);
}

Response delete_track(engine::Engine& engine, const Call& call) {
  const auto removed = engine.remove_track(base::ItemId(call.parameter));
  if (!removed.ok()) return error_response(removed.error());
  if (!*removed) return not_there("There is no track with this id");
  Response response;
  response.status = 204;
  return response;
}

Response put_tracks(engine::Engine& engine, const Call& call) {
  Bulk bulk;
  std::string_view rest = call.request.body;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = base::trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++bulk.lines;
    if (line.empty()) continue;
    if (bulk.lines > kMostLines) {
      return validation_response({{{"body"}, "The body should have at most 10000 lines; send several", "too_long"}});
    }
    read_line(line, bulk);
  }
  if (bulk.items.empty() && bulk.failed == 0) return validation_response({{{"body"}, "Field required", "missing"}});
  const auto counts = engine.put_tracks(bulk.items);
  if (!counts.ok()) return error_response(counts.error());
  return json_response(json::object{{"added", counts->added},
                                    {"updated", counts->updated},
                                    {"unchanged", counts->unchanged},
                                    {"failed", bulk.failed},
                                    {"errors", std::move(bulk.errors)},
                                    {"request_id", call.request_id}});
}

Response list_artists(engine::Engine& engine, const Call& call) {
  std::vector<FieldError> errors;
  Query query(call.request.target, errors);
  const std::size_t limit = query.limit(kPage, kMostPage);
  const std::string after = query.cursor();
  if (!errors.empty()) return validation_response(errors);
  auto found = engine.catalog().artists(after, limit + 1);
  if (!found.ok()) return error_response(found.error());
  json::value next = cut_page(*found, limit, name_of);
  json::array list;
  for (const catalog::ArtistCount& artist : *found) {
    list.push_back(json::object{{"artist_name", artist.name}, {"tracks", artist.tracks}});
  }
  return json_response(json::object{{"artists", std::move(list)}, {"next_cursor", std::move(next)}});
}

Response get_artist(engine::Engine& engine, const Call& call) {
  std::vector<FieldError> errors;
  Query query(call.request.target, errors);
  const std::size_t limit = query.limit(kPage, kMostPage);
  const std::string after = query.cursor();
  if (!errors.empty()) return validation_response(errors);
  const auto item = engine.catalog().artist(call.parameter);
  if (!item.ok()) return error_response(item.error());
  auto tracks = engine.catalog().tracks_of(call.parameter, base::ItemId(after), limit + 1);
  if (!tracks.ok()) return error_response(tracks.error());
  if (!item->has_value() && tracks->empty() && after.empty()) return not_there("There is no artist of this name");
  json::value next = cut_page(*tracks, limit, id_of);
  json::array list;
  for (const catalog::Item& track : *tracks) list.push_back(shown_to(call.caller, track));
  json::object object{{"artist_name", call.parameter}, {"item", nullptr}};
  if (item->has_value()) object["item"] = shown_to(call.caller, **item);
  object["tracks"] = std::move(list);
  object["next_cursor"] = std::move(next);
  return json_response(object);
}

}  // namespace mla::http
