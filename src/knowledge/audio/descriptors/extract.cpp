#include <bit>

#include <fmt/format.h>

#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/decode/source.h"
#include "knowledge/audio/descriptors/feature.h"

namespace mla::audio {

base::Result<FeatureMatrix> extract(std::span<const float> samples, std::string_view name,
                                    const FeatureOptions& options) {
  MLA_ASSIGN(const std::unique_ptr<Feature> feature, make_feature(name, options));
  for (int pass = 0; pass < feature->passes(); ++pass) {
    Stft stft(options.stft, {feature.get()});
    stft.push(samples);
    stft.finish();
  }
  return feature->take();
}

base::Result<FeatureMatrix> extract(const std::filesystem::path& file, std::string_view name,
                                    const FeatureOptions& options, base::Work& work) {
  MLA_ASSIGN(const std::unique_ptr<Feature> feature, make_feature(name, options));
  for (int pass = 0; pass < feature->passes(); ++pass) {
    MLA_ASSIGN(Source source, Source::open(file));
    MonoReader reader(source, options.stft.sample_rate);
    Stft stft(options.stft, {feature.get()});
    while (true) {
      MLA_CHECK(work.check());
      MLA_ASSIGN(const std::span<const float> block, reader.read());
      if (block.empty()) break;
      stft.push(block);
    }
    if (stft.samples() == 0) {
      return base::Error{base::ErrorCode::kCorrupt, fmt::format("'{}' holds no samples", file.string())};
    }
    stft.finish();
  }
  return feature->take();
}

std::string to_npy(const FeatureMatrix& matrix) {
  static_assert(std::endian::native == std::endian::little);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': True, 'shape': ({}, {}), }}",
                                   matrix.complex ? "<c8" : "<f4", matrix.rows, matrix.frames);
  constexpr std::size_t kBefore = 10;  // magic, version, header length
  constexpr std::size_t kAlignment = 64;
  header.append(kAlignment - (kBefore + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(matrix.values.data()), matrix.values.size() * sizeof(float));
  return bytes;
}

}  // namespace mla::audio
