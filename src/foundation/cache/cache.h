#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/cache/memory_tier.h"
#include "foundation/cache/shared_tier.h"
#include "foundation/cache/single_flight.h"

namespace mla::cache {

// How a question was answered.
enum class Outcome : std::uint8_t {
  kHit,
  kStale,  // what had just expired, while another caller made it anew, or because it could not be made
  kMiss,
};

struct Options {
  MemoryTier::Limits limits;
  double seconds = 300;                                   // at most; up to a tenth less, so that not all expire at once
  std::function<double()> now = base::monotonic_seconds;  // seconds, never back
  std::function<void(Outcome)> observe = [](Outcome) {};  // called for every question, by any thread
};

// How values travel to a tier that processes share, and back.
template <class Value>
struct Behind {
  SharedTier* tier = nullptr;  // must outlive the cache
  std::string scope;           // begins every key there: what values depend on beside their key, as settings do
  double seconds = 3600;       // that a value is kept there; 0: the tier is not used
  std::function<std::string(const Value&)> encode = nullptr;
  std::function<std::optional<Value>(std::string_view)> decode = nullptr;  // nothing: encode() did not write it
  std::function<void(bool found)> observe = [](bool) {};                   // called for every question to the tier
};

// Values by key: one is made when it is asked for and not there, once, however many ask; and kept for a while, in
// memory and, where there is one, in a shared tier behind it, which is asked before a value is made. What makes a value
// true belongs into its key: versions of all that it was made from. An error is given to all who wait for it and is not
// kept. Thread-safe.
template <class Value>
class Cache {
 public:
  using Pointer = std::shared_ptr<const Value>;

  // What expired less than this share of its life ago is still given, while one caller makes it anew.
  static constexpr double kStaleShare = 0.1;

  explicit Cache(Options options, Behind<Value> behind = {})
      : options_(std::move(options)), behind_(std::move(behind)), memory_(options_.limits) {}

  // `make()` answers a base::Result<Value>; `size_of(const Value&)` says how many bytes one takes, or, with an optional
  // that is empty, that it is not to be kept.
  template <class Make, class SizeOf>
  base::Result<Pointer> get(std::string_view key, Make&& make, SizeOf&& size_of) {
    const MemoryTier::Found found = memory_.find(key);
    const double now = options_.now();
    if (found.value && now < found.expires) return observed(Outcome::kHit, found.value);
    const auto fly = [&]() -> base::Result<Pointer> {
      // Somebody may have landed since.
      if (const MemoryTier::Found again = memory_.find(key); again.value && options_.now() < again.expires)
        return std::static_pointer_cast<const Value>(again.value);
      if (std::optional<Value> shared = find_behind(key)) {
        if (const std::optional<std::size_t> bytes = size_of(std::as_const(*shared)))
          return keep(key, *std::move(shared), *bytes);
      }
      MLA_ASSIGN(Value value, make());
      const std::optional<std::size_t> bytes = size_of(std::as_const(value));
      if (!bytes) return std::make_shared<const Value>(std::move(value));
      if (has_tier()) behind_.tier->put(behind_.scope + std::string(key), behind_.encode(value), behind_.seconds);
      return keep(key, std::move(value), *bytes);
    };
    if (found.value && now < found.expires + kStaleShare * options_.seconds) {
      const std::optional<base::Result<Pointer>> made = flights_.try_run(key, fly);
      if (!made || !made->ok()) return observed(Outcome::kStale, found.value);
      options_.observe(Outcome::kMiss);
      return *made;
    }
    options_.observe(Outcome::kMiss);
    return flights_.run(key, fly);
  }

  // What is kept, also what has expired; null if nothing is. Makes nothing and counts as no question.
  Pointer peek(std::string_view key) { return std::static_pointer_cast<const Value>(memory_.find(key).value); }

  void clear() { memory_.clear(); }
  MemoryTier::Size size() const { return memory_.size(); }

 private:
  Pointer observed(Outcome outcome, const MemoryTier::Value& value) const {
    options_.observe(outcome);
    return std::static_pointer_cast<const Value>(value);
  }

  Pointer keep(std::string_view key, Value value, std::size_t bytes) {
    auto kept = std::make_shared<const Value>(std::move(value));
    memory_.put(key, kept, bytes, options_.now() + life_of(key));
    return kept;
  }

  bool has_tier() const { return behind_.tier != nullptr && behind_.seconds > 0; }

  std::optional<Value> find_behind(std::string_view key) {
    if (!has_tier()) return std::nullopt;
    const std::optional<std::string> bytes = behind_.tier->find(behind_.scope + std::string(key));
    std::optional<Value> value = bytes ? behind_.decode(*bytes) : std::nullopt;
    behind_.observe(value.has_value());
    return value;
  }

  double life_of(std::string_view key) const {
    const double share = static_cast<double>(std::hash<std::string_view>()(key) % 1024) / 1024;
    return options_.seconds * (1 - kStaleShare * share);
  }

  const Options options_;
  const Behind<Value> behind_;
  MemoryTier memory_;
  SingleFlight<base::Result<Pointer>> flights_;
};

}  // namespace mla::cache
