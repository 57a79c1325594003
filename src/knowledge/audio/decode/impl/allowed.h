#pragma once

#include <string>
#include <string_view>

namespace mla::audio {

// The formats that a file may have: what people keep music in, and decoders without features beyond decoding.
// Comma-separated names, as libav's options `format_whitelist` and `codec_whitelist` want them.
const std::string& allowed_demuxers();
const std::string& allowed_decoders();

// True if the decoder of this name is in the list.
bool is_allowed_decoder(std::string_view name);

}  // namespace mla::audio
