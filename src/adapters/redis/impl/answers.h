#pragma once

#include <string>

#include "adapters/redis/impl/link.h"
#include "foundation/cache/shared_tier.h"

namespace mla::redis {

// The cache's shared tier: a text a key, under the hash of the key, with a time to live. Thread-safe.
class Answers final : public cache::SharedTier {
 public:
  // `link` must outlive it; `prefix` begins every key.
  Answers(Link& link, const std::string& prefix) : link_(link), prefix_(prefix + "answer:") {}

  std::optional<std::string> find(std::string_view key) override;
  void put(std::string_view key, std::string bytes, double seconds) override;
  std::string problem() const override { return link_.problem(); }

 private:
  Link& link_;
  const std::string prefix_;
};

}  // namespace mla::redis
