// rooms: catalog
// Any bytes as a ZIP archive: its directory, and every member that it names. What is read is bounded by what a byte of
// "deflate" can become.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "knowledge/catalog/import/zip.h"

using namespace mla::catalog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostMembers = 20, kMostInflation = 1100;
  const int fd = ::memfd_create("fuzz.zip", MFD_CLOEXEC);
  if (::write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  const std::string archive = "/proc/self/fd/" + std::to_string(fd);
  is_zip(archive);
  if (const auto members = zip_members(archive); members.ok()) {
    for (std::size_t i = 0; i < members->size() && i < kMostMembers; ++i) {
      const auto source = open_zip_member(archive, (*members)[i].native().substr(archive.size() + 1));
      std::vector<char> buffer(4096);
      std::size_t total = 0;
      while (source.ok()) {
        const auto got = (*source)->read(buffer);
        if (!got.ok() || *got == 0) break;
        total += *got;
        if (total > kMostInflation * (size + 1)) std::abort();
      }
    }
  }
  ::close(fd);
  return 0;
}
