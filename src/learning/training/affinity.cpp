#include "learning/training/affinity.h"

#include <algorithm>

namespace mla::training {
void Affinity::hear(base::UnixMillis time) {
  if (time == 0) return;
  first_ = first_ == 0 ? time : std::min(first_, time);
  last_ = std::max(last_, time);
}

void Affinity::add(catalog::EventType type, double weight, base::UnixMillis time) {
  switch (type) {
    case catalog::EventType::kListen:
      strength_ += weight;
      hear(time);
      break;
    case catalog::EventType::kLike:
      strength_ += kLikeWeight * weight;
      has_like_ = true;
      last_favour_ = std::max(last_favour_, time);
      hear(time);
      break;
    case catalog::EventType::kSkip:
      strength_ -= weight;
      break;
    case catalog::EventType::kDislike:
    case catalog::EventType::kBan:
      refused_ = refused_ || time == 0;
      last_against_ = std::max(last_against_, time);
      break;
  }
}

}  // namespace mla::training
