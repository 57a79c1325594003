#include "knowledge/audio/decode/resampler.h"

#include <algorithm>
#include <cmath>
#include <new>

#include <soxr.h>

namespace mla::audio {

void downmix(math::ConstMatrixView samples, std::vector<float>& mono) {
  const std::size_t begin = mono.size();
  const auto first = samples.row(0);
  mono.insert(mono.end(), first.begin(), first.end());
  if (samples.rows == 1) return;
  const std::span<float> sum = std::span(mono).subspan(begin);
  for (std::size_t c = 1; c < samples.rows; ++c) {
    const auto channel = samples.row(c);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += channel[i];
  }
  const auto channels = static_cast<float>(samples.rows);
  for (float& sample : sum) sample /= channels;
}

void Resampler::Deleter::operator()(void* state) const { soxr_delete(static_cast<soxr_t>(state)); }

Resampler::Resampler(int from, int to) : ratio_(static_cast<double>(to) / from) {
  if (from == to) return;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);  // one thread
  soxr_error_t error = nullptr;
  soxr_.reset(soxr_create(from, to, 1, &error, &io, &quality, &runtime));
  if (error != nullptr || !soxr_) throw std::bad_alloc();
}
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;
Resampler::~Resampler() = default;

void Resampler::push(std::span<const float> samples, std::vector<float>& out) {
  pushed_ += samples.size();
  if (!soxr_) {
    out.insert(out.end(), samples.begin(), samples.end());
    return;
  }
  if (!samples.empty()) run(samples, false, out);
}

void Resampler::finish(std::vector<float>& out) {
  if (!soxr_) return;
  const auto expected = static_cast<std::uint64_t>(std::ceil(static_cast<double>(pushed_) * ratio_));
  if (pushed_ > 0) run({}, true, out);
  // soxr rounds the length where librosa rounds it up.
  if (given_ < expected) {
    out.resize(out.size() + (expected - given_));
  } else {
    out.resize(out.size() - std::min<std::size_t>(out.size(), given_ - expected));
  }
  given_ = expected;
}

void Resampler::run(std::span<const float> samples, bool last, std::vector<float>& out) {
  auto* soxr = static_cast<soxr_t>(soxr_.get());
  const float* in = last ? nullptr : samples.data();
  std::size_t left = samples.size();
  for (;;) {
    const std::size_t room = static_cast<std::size_t>(std::min(1e6, static_cast<double>(left) * ratio_)) + 1024;
    const std::size_t before = out.size();
    out.resize(before + room);
    std::size_t used = 0;
    std::size_t made = 0;
    const soxr_error_t error = soxr_process(soxr, in, left, &used, out.data() + before, room, &made);
    out.resize(before + made);
    if (error != nullptr) throw std::bad_alloc();  // its only failure once it is set up
    given_ += made;
    if (in != nullptr) in += used;
    left -= std::min(left, used);
    if (made < room && left == 0) return;
  }
}

MonoReader::MonoReader(Source& source, int sample_rate, Tap tap)
    : source_(&source), tap_(std::move(tap)), resampler_(source.info().sample_rate, sample_rate) {}

base::Result<std::span<const float>> MonoReader::read() {
  out_.clear();
  while (!finished_ && out_.size() < kBlock) {
    // Whole blocks at a time: soxr's fixed cost a call would otherwise be paid for every codec frame.
    gathered_.clear();
    while (!finished_ && gathered_.size() < kBlock) {
      MLA_ASSIGN(const math::ConstMatrixView samples, source_->read());
      finished_ = samples.cols == 0;
      if (finished_) break;
      if (tap_) tap_(samples);
      downmix(samples, gathered_);
    }
    resampler_.push(gathered_, out_);
    if (finished_) resampler_.finish(out_);
  }
  return std::span<const float>(out_);
}

base::Result<LoadedAudio> load_mono(const std::filesystem::path& path, int sample_rate, const DecodeLimits& limits) {
  MLA_ASSIGN(Source source, Source::open(path, limits));
  LoadedAudio loaded;
  loaded.sample_rate = sample_rate > 0 ? sample_rate : source.info().sample_rate;
  MonoReader reader(source, loaded.sample_rate);
  for (;;) {
    MLA_ASSIGN(const std::span<const float> samples, reader.read());
    if (samples.empty()) return loaded;
    loaded.samples.insert(loaded.samples.end(), samples.begin(), samples.end());
  }
}

}  // namespace mla::audio
