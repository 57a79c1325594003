#include "adapters/redis/impl/answers.h"

#include <algorithm>
#include <cstdint>

#include "adapters/redis/impl/envelope.h"

namespace mla::redis {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;  // larger ones would take longer than a question may

}  // namespace

std::optional<std::string> Answers::find(std::string_view key) {
  const std::optional<Reply> reply = link_.ask({"GET", prefix_ + hash_of(key)});
  if (!reply || (*reply)->type != REDIS_REPLY_STRING) return std::nullopt;
  const auto bytes = unwrap(key, {(*reply)->str, (*reply)->len});
  return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
}

void Answers::put(std::string_view key, std::string bytes, double seconds) {
  if (bytes.size() > kMostBytes) return;
  const auto milliseconds = std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * 1000));
  link_.tell({"SET", prefix_ + hash_of(key), wrap(key, bytes), "PX", std::to_string(milliseconds)});
}

}  // namespace mla::redis
