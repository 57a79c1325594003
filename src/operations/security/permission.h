#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Who may do what: one table (permission.cpp), from which routes, tokens, docs/security.md and tests read.
namespace mla::security {

enum class Role : std::uint8_t { kListener, kService, kOperator, kAdmin };

enum class Permission : std::uint8_t {
  kReadRecommendations,  // what somebody may like next: tells of their history
  kWriteEvents,          // what somebody has heard
  kWeighEvents,          // say that one event stands for many plays, which moves what all are recommended
  kReadTracks,           // what the catalogue knows of an item
  kWriteTracks,
  kReadPaths,    // where a file lies on the server
  kReadMetrics,  // where security.open_metrics is off
  kReadUsers,    // everything that is kept of a person
  kEraseUsers,
  kReadModels,
  kWriteModels,  // train, promote, roll back
  kReadJobs,
  kWriteJobs,     // cancel
  kAnalyzeAudio,  // costs seconds of a processor
};
inline constexpr std::size_t kPermissions = 14;

// Whose data a permission reaches: nobody's, that of the caller's own listener, everybody's.
enum class Reach : std::uint8_t { kNone, kOwn, kAny };

inline constexpr Role kRoles[] = {Role::kListener, Role::kService, Role::kOperator, Role::kAdmin};

// "listener", "service", "operator", "admin".
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view name);
// "events:write" and the like.
std::string_view to_string(Permission permission);

Reach reach_of(Role role, Permission permission);

// How far each permission of somebody reaches.
class Permissions {
 public:
  Permissions() = default;  // none
  static Permissions of(Role role);
  // Of names as `names` writes them; unknown ones, of a newer version, give nothing.
  static Permissions parse(std::span<const std::string> names);
  // Of names with spaces between them (a scope of RFC 6749 3.3); nothing if there is none or one of them is unknown.
  static std::optional<Permissions> of_scope(std::string_view scope);

  Reach reach(Permission permission) const { return reaches_[static_cast<std::size_t>(permission)]; }
  // What both allow.
  Permissions intersect(const Permissions& other) const;
  // Whether the other one allows all of this.
  bool within(const Permissions& other) const { return intersect(other) == *this; }
  // "events:write" for everybody's data, "events:write:own" for one's own.
  std::vector<std::string> names() const;
  // These with a space between them.
  std::string scope() const;
  bool operator==(const Permissions&) const = default;

 private:
  bool add(std::string_view name);  // false: there is none of that name

  std::array<Reach, kPermissions> reaches_{};
};

}  // namespace mla::security
