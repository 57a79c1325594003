// rooms: engine redis
// What a cache that servers share gives back, whoever wrote it: an answer is taken if our own writer would have written
// exactly these bytes, and refused otherwise.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/redis/impl/envelope.h"
#include "front/engine/impl/answer_bytes.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_answer(std::string_view bytes) {
  const auto answer = mla::engine::decode_answer(bytes);
  if (!answer) return;
  for (const auto& one : answer->recommendations) require(one.confidence_score >= 0 && one.confidence_score <= 1);
  require(mla::engine::encode_answer(*answer) == bytes);
}

void check_envelope(std::string_view bytes) {
  constexpr std::string_view kKey = "a key";
  if (const auto inside = mla::redis::unwrap(kKey, bytes)) require(mla::redis::wrap(kKey, *inside) == bytes);
  const std::string envelope = mla::redis::wrap(kKey, bytes);
  require(mla::redis::unwrap(kKey, envelope) == bytes);
  require(!mla::redis::unwrap("another", envelope));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_answer(bytes);
  check_envelope(bytes);
  return 0;
}
