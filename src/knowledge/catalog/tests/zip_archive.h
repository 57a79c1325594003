#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

namespace mla::catalog {

// A file to pack.
struct Packed {
  std::string name;
  std::string bytes;
  bool deflated = true;
  int flags = 0;
};

inline std::string little(unsigned long long number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((number >> (8 * i)) & 0xFF);
  return text;
}

inline std::string deflate_raw(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// A ZIP archive; `wide`: with its numbers in Zip64 fields, as for files beyond 4 GB.
inline std::string zip_archive(const std::vector<Packed>& files, bool wide = false, const std::string& comment = "") {
  std::string archive, directory;
  for (const Packed& file : files) {
    const std::string packed = file.deflated ? deflate_raw(file.bytes) : file.bytes;
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(file.bytes.data()), static_cast<uInt>(file.bytes.size()));
    const std::string common =
        little(static_cast<unsigned>(file.flags), 2) + little(file.deflated ? 8 : 0, 2) + little(0, 4) + little(crc, 4);
    const std::string names = little(file.name.size(), 2);
    const auto numbers = little(packed.size(), 4) + little(file.bytes.size(), 4);
    const std::size_t at = archive.size();
    archive += "PK\x03\x04" + little(20, 2) + common + numbers + names + little(4, 2) + file.name + "xx" +
               little(0, 2) + packed;
    const std::string more =
        wide ? little(1, 2) + little(24, 2) + little(file.bytes.size(), 8) + little(packed.size(), 8) + little(at, 8)
             : "";
    directory += "PK\x01\x02" + little(20, 2) + little(20, 2) + common +
                 (wide ? little(0xFFFFFFFF, 4) + little(0xFFFFFFFF, 4) : numbers) + names + little(more.size(), 2) +
                 little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) +
                 (wide ? little(0xFFFFFFFF, 4) : little(at, 4)) + file.name + more;
  }
  const std::size_t at = archive.size();
  archive += directory;
  if (wide) {
    const std::size_t end = archive.size();
    archive += "PK\x06\x06" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) + little(files.size(), 8) +
               little(files.size(), 8) + little(directory.size(), 8) + little(at, 8);
    archive += "PK\x06\x07" + little(0, 4) + little(end, 8) + little(1, 4);
  }
  archive += "PK\x05\x06" + little(0, 4) +
             (wide ? little(0xFFFFFFFF, 4) : little(files.size(), 2) + little(files.size(), 2)) +
             (wide ? little(0xFFFFFFFF, 4) + little(0xFFFFFFFF, 4) : little(directory.size(), 4) + little(at, 4)) +
             little(comment.size(), 2) + comment;
  return archive;
}

}  // namespace mla::catalog
