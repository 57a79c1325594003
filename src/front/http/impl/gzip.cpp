#include "front/http/impl/gzip.h"

#include <stdexcept>

#include <zlib.h>

// Also part of the program that packs pages when this one is built (tools/api_docs/embed_pages.cpp).
namespace mla::http {
namespace {

constexpr int kWindow = 15 + 16;  // zlib's way to ask for gzip's frame
constexpr int kMemoryLevel = 8;

void lend(z_stream& stream, std::string_view in, std::string& out) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
}

}  // namespace

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("gzip has no memory");
  std::string packed(deflateBound(&stream, text.size()), '\0');
  lend(stream, text, packed);
  const int done = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (done != Z_STREAM_END) throw std::runtime_error("gzip did not come to an end");
  return packed;
}

std::string gunzip(std::string_view packed, std::size_t size) {
  z_stream stream{};
  if (inflateInit2(&stream, kWindow) != Z_OK) throw std::runtime_error("gzip has no memory");
  std::string text(size, '\0');
  lend(stream, packed, text);
  const int done = inflate(&stream, Z_FINISH);
  const bool whole = done == Z_STREAM_END && stream.total_out == size;
  inflateEnd(&stream);
  if (!whole) throw std::runtime_error("a packed text is not as it was packed");
  return text;
}

}  // namespace mla::http
