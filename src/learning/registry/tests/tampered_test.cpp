// 500 versions that were changed on disk: each is refused, none is a crash.
#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "foundation/base/file.h"
#include "foundation/base/random.h"
#include "learning/registry/registry.h"
#include "learning/registry/tests/sample_model.h"

namespace mla::registry {
namespace {

namespace fs = std::filesystem;
using base::Random;

constexpr const char* kFiles[] = {"model.safetensors", "manifest.json"};
constexpr std::uint64_t kMostBytes = 1 << 20;

void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string read(const fs::path& path) { return base::read_file(path, kMostBytes).value(); }

// A header of random pieces of what headers are made of, behind a length that may be true.
std::string hostile_weights(Random& random) {
  static constexpr const char* kPieces[] = {R"({"w":)",
                                            R"("dtype":"F32")",
                                            R"("dtype":"F64")",
                                            R"("shape":[64])",
                                            R"("shape":[-1])",
                                            R"("shape":[4611686018427387904,4])",
                                            R"("data_offsets":[0,256])",
                                            R"("data_offsets":[256,0])",
                                            R"("data_offsets":[0,18446744073709551615])",
                                            "{",
                                            "}",
                                            ",",
                                            "[",
                                            "]",
                                            R"("__metadata__":{})",
                                            R"("w":1)",
                                            "\xff"};
  std::string header;
  for (std::size_t i = random.below(12) + 1; i > 0; --i) header += kPieces[random.below(std::size(kPieces))];
  std::uint64_t length = random.below(4) == 0 ? random.below(1ULL << 62) : header.size();
  std::string file;
  for (int i = 0; i < 8; ++i, length >>= 8) file += static_cast<char>(length & 0xFF);
  return file + header + std::string(256, '\0');
}

// Changes one thing about the version in `folder`; says what.
std::string tamper(const fs::path& folder, const fs::path& other, Random& random) {
  const fs::path file = folder / kFiles[random.below(2)];
  const std::string good = read(file);
  std::string bad = good;
  switch (random.below(6)) {
    case 0:
      for (std::size_t flips = random.below(4) + 1; flips > 0; --flips)
        bad[random.below(bad.size())] ^= static_cast<char>(1 << random.below(8));
      if (bad == good) bad[0] = '!';
      write(file, bad);
      return "flipped bits";
    case 1:
      write(file, good.substr(0, random.below(good.size())));
      return "cut off";
    case 2:
      write(file, good + std::string(random.below(64) + 1, '\0'));
      return "bytes behind the end";
    case 3:
      write(file, read(other / file.filename()));
      return "the file of another version";
    case 4:
      write(folder / "model.safetensors", hostile_weights(random));
      return "a hostile header";
    default: {
      const std::size_t at = random.below(bad.size());
      const std::size_t length = std::min(bad.size() - at, random.below(64) + 1);
      for (std::size_t i = 0; i < length; ++i) bad[at + i] = static_cast<char>(random.below(256));
      if (bad == good) bad[at] = static_cast<char>(~bad[at]);
      write(file, bad);
      return "noise";
    }
  }
}

TEST(Tampered, FiveHundredChangedVersionsAreAllRefused) {
  const ModelPath path;
  const Registry models(path.path());
  const SampleModel first(1);
  const SampleModel second(2);
  const auto target = models.publish(described("m"), first.writer, Arrival::kChampion, {}).value();
  const auto other = models.publish(described("m"), second.writer, Arrival::kChampion, {}).value();
  const std::string good[] = {read(target.folder / kFiles[0]), read(target.folder / kFiles[1])};
  Random random(5);
  for (int i = 0; i < 500; ++i) {
    const std::string what = tamper(target.folder, other.folder, random);
    const base::Status whole = models.verify(target);
    ASSERT_FALSE(whole.ok()) << i << ": " << what;
    EXPECT_NE(whole.error().message.find("/m/1"), std::string::npos) << whole.error().message;
    EXPECT_FALSE(models.promote(target, {}).ok()) << i << ": " << what;
    static_cast<void>(models.entry(target));
    for (int f = 0; f < 2; ++f) write(target.folder / kFiles[f], good[f]);
  }
  EXPECT_TRUE(models.verify(target).ok());
  EXPECT_EQ(read_aliases(path.path() / "m").value(), (Aliases{2, 0, 1}));
}

}  // namespace
}  // namespace mla::registry
