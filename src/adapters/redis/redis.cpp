#include "adapters/redis/redis.h"

#include <utility>

#include <fmt/format.h>

#include "adapters/redis/impl/answers.h"
#include "adapters/redis/impl/link.h"
#include "adapters/redis/impl/location.h"
#include "adapters/redis/impl/shared_limiter.h"

namespace mla::redis {

namespace {

// Of what is stored: another one for other values under the same keys.
constexpr int kSchema = 1;

}  // namespace

base::Result<std::unique_ptr<Redis>> Redis::open(std::string_view url, const Options& options) {
  MLA_ASSIGN(Location location, parse_location(url));
  std::string prefix = fmt::format("mla{}:{}:", kSchema, options.scope);
  auto link = std::make_unique<Link>(std::move(location),
                                     Link::Options{.probe_key = prefix + "probe",
                                                   .timeout = std::chrono::duration<double>(options.timeout),
                                                   .retry = std::chrono::duration<double>(options.retry)});
  link->wait_for_first_attempt();
  return std::unique_ptr<Redis>(new Redis(std::move(link), std::move(prefix)));
}

Redis::Redis(std::unique_ptr<Link> link, std::string prefix)
    : link_(std::move(link)), prefix_(std::move(prefix)), answers_(std::make_unique<Answers>(*link_, prefix_)) {}

Redis::~Redis() = default;

std::unique_ptr<security::RateLimiter> Redis::limiter(std::unique_ptr<security::RateLimiter> alone) const {
  return std::make_unique<SharedLimiter>(*link_, prefix_, std::move(alone));
}

}  // namespace mla::redis
