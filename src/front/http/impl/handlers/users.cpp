#include "front/http/impl/handlers/users.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "front/http/dto.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/query.h"

namespace mla::http {
namespace {

namespace json = boost::json;
using base::Result;
using base::UserId;
using security::Permission;

constexpr std::int64_t kPage = 50;
constexpr std::int64_t kMostPage = 1000;
constexpr std::size_t kExportPage = 5000;

Response unknown_user() { return not_there("Nothing is known of this user"); }

json::value time_or_null(std::optional<base::UnixMillis> time) {
  return time ? json::value(base::format_time(*time)) : json::value(nullptr);
}

json::object profile_of(const UserId& user, const engine::ListenerData& data) {
  json::object types;
  for (int type = 0; type < catalog::kEventTypes; ++type) {
    types[to_string(static_cast<catalog::EventType>(type))] = data.summary.by_type[static_cast<std::size_t>(type)];
  }
  json::array names;
  for (const auto& one : data.experiments) names.emplace_back(one.experiment);
  return {{"user_id", user.str()},
          {"events", data.summary.events},
          {"events_by_type", std::move(types)},
          {"tracks", data.summary.items},
          {"plays", data.summary.plays},
          {"first_event", time_or_null(data.summary.first)},
          {"last_event", time_or_null(data.summary.last)},
          {"friends", data.friends.size()},
          {"experiments", std::move(names)}};
}

// Time and id of an event, by which the next page is found.
std::string place_of(const catalog::Event& event) {
  return fmt::format("{} {}", event.time ? std::to_string(*event.time) : "-", event.id.str());
}

std::optional<catalog::Event> event_at(std::string_view place) {
  constexpr std::size_t kIdLength = 32;
  const std::size_t blank = place.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view id = place.substr(blank + 1);
  catalog::Event event;
  if (place.substr(0, blank) != "-") {
    event.time = base::parse_integer(place.substr(0, blank));
    if (!event.time) return std::nullopt;
  }
  if (id.size() != kIdLength || !base::from_hex(id)) return std::nullopt;
  event.id = base::EventId(id);
  return event;
}

// Reads all events, page by page, newest first.
Result<json::array> all_events(const catalog::Catalog& catalog, const UserId& user) {
  json::array list;
  MLA_ASSIGN(std::vector<catalog::Event> page, catalog.history(user, kExportPage));
  while (!page.empty()) {
    for (const catalog::Event& event : page) list.push_back(to_json(event));
    if (page.size() < kExportPage) break;
    const catalog::Event last = page.back();
    MLA_ASSIGN(page, catalog.history(user, kExportPage, last));
  }
  return list;
}

json::object data_of(const engine::ListenerData& data) {
  json::array friends;
  for (const UserId& one : data.friends) friends.emplace_back(one.str());
  json::array imports;
  for (const auto& [source, account] : data.import_accounts)
    imports.push_back(json::object{{"source", source}, {"account", account}});
  json::array shown;
  for (const auto& one : data.shown)
    shown.push_back(json::object{{"day", base::format_time(one.day * base::kMillisPerDay).substr(0, 10)},
                                 {"track_id", one.item.str()}});
  json::array experiments;
  for (const auto& one : data.experiments) {
    json::array items;
    for (const auto& [item, time] : one.shown)
      items.push_back(json::object{{"track_id", item.str()}, {"time", base::format_time(time)}});
    experiments.push_back(json::object{{"experiment", one.experiment},
                                       {"treated", one.arm == experiments::Arm::kTreatment},
                                       {"milliseconds", one.milliseconds},
                                       {"failed", one.failed},
                                       {"shown", std::move(items)}});
  }
  return {{"friends", std::move(friends)},
          {"imports", std::move(imports)},
          {"shown", std::move(shown)},
          {"experiments", std::move(experiments)}};
}

// The person's accounts and what they did with them; no secrets.
Result<json::object> accounts_of(security::Security& security, const UserId& user) {
  MLA_ASSIGN(const std::vector<security::Principal> principals, security.principals().of_listener(user));
  json::array accounts;
  json::array audit;
  for (const security::Principal& one : principals) {
    accounts.push_back(json::object{{"name", one.name},
                                    {"role", to_string(one.role)},
                                    {"disabled", one.disabled},
                                    {"created", base::format_time(one.created)}});
    MLA_ASSIGN(const std::vector<security::AuditEntry> entries, security.audit().of(one.name, one.created));
    for (const security::AuditEntry& entry : entries) {
      audit.push_back(json::object{{"time", base::format_time(entry.time)},
                                   {"who", entry.who},
                                   {"what", entry.what},
                                   {"subject", entry.subject},
                                   {"request_id", entry.request_id}});
    }
  }
  return json::object{{"accounts", std::move(accounts)}, {"audit_log", std::move(audit)}};
}

}  // namespace

Response get_user(engine::Engine& engine, const Call& call) {
  const UserId user(call.parameter);
  if (!call.caller.may(Permission::kReadUsers, user)) return someone_elses();
  const auto data = engine.listener(user);
  if (!data.ok()) return error_response(data.error());
  if (!data->has_value()) return unknown_user();
  return json_response(profile_of(user, **data));
}

Response user_history(engine::Engine& engine, const Call& call) {
  const UserId user(call.parameter);
  if (!call.caller.may(Permission::kReadUsers, user)) return someone_elses();
  std::vector<FieldError> errors;
  Query query(call.request.target, errors);
  const std::size_t limit = query.limit(kPage, kMostPage);
  const std::string place = query.cursor();
  const std::optional<catalog::Event> after = event_at(place);
  if (errors.empty() && !place.empty() && !after)
    query.report("cursor", "value_error", "Input should be a next_cursor of this list");
  if (!errors.empty()) return validation_response(errors);
  const auto known = engine.catalog().has_user(user);
  if (!known.ok()) return error_response(known.error());
  if (!*known) return unknown_user();
  auto events = after ? engine.catalog().history(user, limit + 1, *after) : engine.catalog().history(user, limit + 1);
  if (!events.ok()) return error_response(events.error());
  json::value next;
  if (events->size() > limit) {
    events->resize(limit);
    next = encode_cursor(place_of(events->back()));
  }
  json::array list;
  for (const catalog::Event& event : *events) list.push_back(to_json(event));
  return json_response(json::object{{"events", std::move(list)}, {"next_cursor", std::move(next)}});
}

Response export_user(engine::Engine& engine, security::Security& security, const Call& call) {
  const UserId user(call.parameter);
  if (!call.caller.may(Permission::kReadUsers, user)) return someone_elses();
  const auto data = engine.listener(user);
  if (!data.ok()) return error_response(data.error());
  auto accounts = accounts_of(security, user);
  if (!accounts.ok()) return error_response(accounts.error());
  if (!data->has_value() && accounts->at("accounts").as_array().empty()) return unknown_user();
  auto events = all_events(engine.catalog(), user);
  if (!events.ok()) return error_response(events.error());
  const engine::ListenerData nothing{};
  const engine::ListenerData& kept = data->has_value() ? **data : nothing;
  json::object document{{"profile", profile_of(user, kept)}, {"events", *std::move(events)}};
  for (auto& part : {data_of(kept), *accounts}) {
    for (const auto& [name, value] : part) document[name] = value;
  }
  return json_response(document);
}

Response erase_user(engine::Engine& engine, security::Security& security, const Call& call) {
  const UserId user(call.parameter);
  if (!call.caller.may(Permission::kEraseUsers, user)) return someone_elses();
  const auto accounts = security.principals().of_listener(user);
  if (!accounts.ok()) return error_response(accounts.error());
  // With a person go the accounts: a program must not take away those of who runs the server.
  const bool others = std::ranges::any_of(*accounts, [&](const security::Principal& one) {
    return one.role != security::Role::kListener && one.id != call.caller.id;
  });
  if (others) {
    const auto asks = security.principals().find(call.caller.name);
    if (!asks.ok()) return error_response(asks.error());
    if (asks->role != security::Role::kAdmin)
      return error_response(403, "Only an admin may erase who has an account that is more than a listener's");
  }
  // The account goes last: who has asked can ask again if something fails before.
  if (const auto erasable = security.principals().check_erasable(user); !erasable.ok()) {
    const bool last_admin = erasable.error().code == base::ErrorCode::kInvalidArgument;
    return last_admin ? error_response(409, json::value(erasable.error().message)) : error_response(erasable.error());
  }
  const auto erased = engine.erase_listener(user);
  if (!erased.ok()) return error_response(erased.error());
  if (!*erased && accounts->empty()) return unknown_user();
  const security::Actor actor{call.caller.name, std::string(call.request_id)};
  if (const auto gone = security.principals().erase_listener(user, actor); !gone.ok())
    return error_response(gone.error());
  security.authenticator().forget();
  Response response;
  response.status = 204;
  return response;
}

}  // namespace mla::http
