#include "adapters/mongo/impl/location.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "foundation/config/load.h"

namespace mla::mongo {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kForms = "mongodb://user:password@host:27017/name or mongodb+srv://user:password@host/name";
constexpr const char* kDefaultDatabase = "ml_analytics";
constexpr double kMillis = 1000;

bool has_scheme(std::string_view url) { return url.starts_with("mongodb://") || url.starts_with("mongodb+srv://"); }

// An @ in a password, which the library takes for the end of it: the rest would be shown as a host.
bool has_raw_at(std::string_view url) {
  const std::string_view authority = url.substr(url.find("://") + 3);
  return std::ranges::count(authority.substr(0, authority.find_first_of("/?")), '@') > 1;
}

std::string hosts_of(const mongoc_uri_t& uri) {
  if (const char* srv = mongoc().uri_get_srv_hostname(&uri)) return srv;
  std::string hosts;
  for (const mongoc_host_list_t* host = mongoc().uri_get_hosts(&uri); host != nullptr; host = host->next) {
    if (!hosts.empty()) hosts += ',';
    hosts += host->host_and_port;
  }
  return hosts;
}

void set_unless_said(mongoc_uri_t& uri, const char* option, std::int32_t value) {
  if (!mongoc().uri_has_option(&uri, option)) mongoc().uri_set_option_as_int32(&uri, option, value);
}

}  // namespace

Result<Location> parse_location(std::string_view url, double timeout) {
  const std::string masked = config::mask_password(url);
  if (!has_scheme(url)) {
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("MONGODB_URL (database.mongodb_url) '{}' is no address of MongoDB: write {}", masked, kForms)};
  }
  if (url.find('\0') != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument, "MONGODB_URL (database.mongodb_url) has a NUL character in it"};
  }
  MLA_CHECK(load_library());
  bson_error_t error{};
  Location location;
  if (!has_raw_at(url)) location.uri.reset(mongoc().uri_new_with_error(std::string(url).c_str(), &error));
  if (!location.uri) {
    // What the library says may quote the URL, so it is left out.
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("MONGODB_URL (database.mongodb_url) '{}' cannot be read (what is no plain letter in user "
                             "and password is percent-encoded, @ as %40; options are MongoDB's): write {}",
                             masked, kForms)};
  }
  mongoc_uri_t& uri = *location.uri;
  const char* database = mongoc().uri_get_database(&uri);
  location.database = database == nullptr || *database == '\0' ? kDefaultDatabase : database;
  location.text = fmt::format("{}/{}", hosts_of(uri), location.database);
  const auto millis = static_cast<std::int32_t>(std::max(timeout * kMillis, 1.0));
  for (const char* option :
       {MONGOC_URI_CONNECTTIMEOUTMS, MONGOC_URI_SOCKETTIMEOUTMS, MONGOC_URI_SERVERSELECTIONTIMEOUTMS})
    set_unless_said(uri, option, millis);
  if (!mongoc().uri_has_option(&uri, MONGOC_URI_APPNAME)) mongoc().uri_set_appname(&uri, "ml-analytics");
  return location;
}

}  // namespace mla::mongo
