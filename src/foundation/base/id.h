#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace mla::base {

// An opaque external identifier, kept exactly as its source wrote it. The tag keeps users, items and the like apart.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  explicit Id(std::string_view value) : value_(value) {}
  explicit Id(const char* value) : value_(value) {}

  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string value_;
};

struct UserTag {};
struct ItemTag {};
struct EventTag {};
using UserId = Id<UserTag>;
using ItemId = Id<ItemTag>;
using EventId = Id<EventTag>;

}  // namespace mla::base

template <class Tag>
struct std::hash<mla::base::Id<Tag>> {
  std::size_t operator()(const mla::base::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
