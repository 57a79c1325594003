#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mla::http {

// RFC 1952, all at once. `level` is zlib's, from 1 (quick) to 9 (small). Throws std::runtime_error without memory.
std::string gzip(std::string_view text, int level);
// The same way back, of a text of exactly `size` bytes; throws where it is another one.
std::string gunzip(std::string_view packed, std::size_t size);

}  // namespace mla::http
