#include "operations/security/permission.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mla::security {
namespace {

constexpr std::string_view kOwnSuffix = ":own";
constexpr std::string_view kRoleNames[] = {"listener", "service", "operator", "admin"};

struct Row {
  Permission permission;
  std::string_view name;
  Reach reaches[std::size(kRoles)];  // listener, service, operator, admin
};

constexpr Reach kNone = Reach::kNone, kOwn = Reach::kOwn, kAny = Reach::kAny;

// The table: what a role may do, and with whose data. In the order of the enumeration.
constexpr Row kTable[] = {
    {Permission::kReadRecommendations, "recommendations:read", {kOwn, kAny, kAny, kAny}},
    {Permission::kWriteEvents, "events:write", {kOwn, kAny, kNone, kAny}},
    {Permission::kWeighEvents, "events:weigh", {kNone, kAny, kNone, kAny}},
    {Permission::kReadTracks, "tracks:read", {kAny, kAny, kAny, kAny}},
    {Permission::kWriteTracks, "tracks:write", {kNone, kAny, kAny, kAny}},
    {Permission::kReadPaths, "tracks:paths", {kNone, kAny, kAny, kAny}},
    {Permission::kReadMetrics, "metrics:read", {kNone, kNone, kAny, kAny}},
    {Permission::kReadUsers, "users:read", {kOwn, kAny, kNone, kAny}},
    {Permission::kEraseUsers, "users:erase", {kOwn, kAny, kNone, kAny}},
    {Permission::kReadModels, "models:read", {kNone, kAny, kAny, kAny}},
    {Permission::kWriteModels, "models:write", {kNone, kNone, kAny, kAny}},
    {Permission::kReadJobs, "jobs:read", {kNone, kAny, kAny, kAny}},
    {Permission::kWriteJobs, "jobs:write", {kNone, kNone, kAny, kAny}},
    {Permission::kAnalyzeAudio, "audio:analyze", {kNone, kAny, kAny, kAny}},
};
static_assert(std::size(kTable) == kPermissions);
static_assert([] {
  for (std::size_t i = 0; i < kPermissions; ++i) {
    if (static_cast<std::size_t>(kTable[i].permission) != i) return false;
  }
  return true;
}());

}  // namespace

std::string_view to_string(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view name) {
  const auto found = std::ranges::find(kRoleNames, name);
  if (found == std::end(kRoleNames)) return std::nullopt;
  return kRoles[found - std::begin(kRoleNames)];
}

std::string_view to_string(Permission permission) { return kTable[static_cast<std::size_t>(permission)].name; }

Reach reach_of(Role role, Permission permission) {
  return kTable[static_cast<std::size_t>(permission)].reaches[static_cast<std::size_t>(role)];
}

Permissions Permissions::of(Role role) {
  Permissions permissions;
  for (const Row& row : kTable) {
    permissions.reaches_[static_cast<std::size_t>(row.permission)] = reach_of(role, row.permission);
  }
  return permissions;
}

bool Permissions::add(std::string_view name) {
  const bool own = name.ends_with(kOwnSuffix);
  const auto row = std::ranges::find(kTable, own ? name.substr(0, name.size() - kOwnSuffix.size()) : name, &Row::name);
  if (row == std::end(kTable)) return false;
  Reach& reach = reaches_[static_cast<std::size_t>(row->permission)];
  reach = std::max(reach, own ? kOwn : kAny);
  return true;
}

Permissions Permissions::parse(std::span<const std::string> names) {
  Permissions permissions;
  for (const std::string_view name : names) permissions.add(name);
  return permissions;
}

std::optional<Permissions> Permissions::of_scope(std::string_view scope) {
  Permissions permissions;
  while (!scope.empty()) {
    const std::size_t space = std::min(scope.find(' '), scope.size());
    if (space > 0 && !permissions.add(scope.substr(0, space))) return std::nullopt;
    scope.remove_prefix(std::min(space + 1, scope.size()));
  }
  return permissions == Permissions() ? std::nullopt : std::optional(permissions);
}

Permissions Permissions::intersect(const Permissions& other) const {
  Permissions both;
  for (std::size_t i = 0; i < kPermissions; ++i) both.reaches_[i] = std::min(reaches_[i], other.reaches_[i]);
  return both;
}

std::vector<std::string> Permissions::names() const {
  std::vector<std::string> names;
  for (const Row& row : kTable) {
    const Reach reach = this->reach(row.permission);
    if (reach == kNone) continue;
    names.emplace_back(row.name);
    if (reach == kOwn) names.back() += kOwnSuffix;
  }
  return names;
}

std::string Permissions::scope() const { return fmt::format("{}", fmt::join(names(), " ")); }

}  // namespace mla::security
