#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serving/recommend/request.h"

namespace mla::engine {

// Answers as bytes for a cache::SharedTier: a mark with the version of the format, then the members in their order,
// little-endian, texts and lists behind their length in 32 bits.
std::string encode_answer(const recommend::Answer& answer);

// Nothing unless encode_answer wrote exactly these bytes: another format or version, a piece missing or too much, a
// length that the bytes do not hold, a confidence that is no probability.
std::optional<recommend::Answer> decode_answer(std::string_view bytes);

}  // namespace mla::engine
