#pragma once

#include <string>
#include <string_view>

// Whether a file is what its name says: extension, first bytes and decoder must agree. Of extensions that are not in
// the table of file_kind.cpp nothing is asked.
namespace mla::analysis {

// The extension in lower case with its dot; "" without one.
std::string extension_of(std::string_view name);

// True if a file that begins like this may have that extension.
bool has_magic_of(std::string_view content, std::string_view extension);

// True if what the decoder calls the codec ("mp3", "pcm_s16le") belongs to that extension.
bool is_codec_of(std::string_view codec, std::string_view extension);

}  // namespace mla::analysis
