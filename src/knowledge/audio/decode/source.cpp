#include "knowledge/audio/decode/source.h"

#include <cerrno>
#include <cmath>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/base/descriptor.h"
#include "foundation/base/file.h"
#include "knowledge/audio/decode/impl/allowed.h"
#include "knowledge/audio/decode/impl/byte_input.h"
#include "knowledge/audio/decode/impl/sample_format.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <libavutil/samplefmt.h>
}

namespace mla::audio {
namespace {

using base::Error;
using base::ErrorCode;

// No single allocation of libav may be larger: a cover picture or a header that asks for more is refused.
constexpr std::size_t kMaxAllocation = std::size_t{32} << 20;
constexpr std::int64_t kProbeBytes = 1 << 20;
// Below this libav only guesses: noise has an mp3 frame header somewhere.
constexpr int kMinProbeScore = AVPROBE_SCORE_MAX / 5;

struct ContextDeleter {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
template <class T>
using Owned = std::unique_ptr<T, ContextDeleter>;

// A media file that names another resource gets nothing.
int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

void set_up_libav() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(kMaxAllocation);
  });
}

std::string reason(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

}  // namespace

class Source::Impl {
 public:
  using MakeInput = std::function<std::unique_ptr<ByteInput>()>;

  Impl(MakeInput make_input, std::string_view name, const DecodeLimits& limits)
      : make_input_(std::move(make_input)), name_(name), limits_(limits), input_(make_input_()) {}

  void own(base::Descriptor descriptor) { descriptor_ = std::move(descriptor); }
  std::unique_ptr<Impl> again() const { return std::make_unique<Impl>(make_input_, name_, limits_); }

  base::Status start() {
    set_up_libav();
    info_.size_bytes = input_.size();
    if (info_.size_bytes == 0) return error(ErrorCode::kInvalidArgument, "the file is empty");
    MLA_CHECK(open_container());
    MLA_CHECK(open_codec());
    packet_.reset(av_packet_alloc());
    frame_.reset(av_frame_alloc());
    if (!packet_ || !frame_) return error(ErrorCode::kTooLarge, "out of memory");
    MLA_ASSIGN(const bool more, decode_frame());
    if (!more) return error(ErrorCode::kCorrupt, fmt::format("no {} sample in it can be decoded", info_.codec));
    info_.sample_rate = frame_->sample_rate;
    info_.integers = av_get_bytes_per_sample(static_cast<AVSampleFormat>(frame_->format)) <= 2;
    info_.channels = frame_->ch_layout.nb_channels;
    if (info_.sample_rate < limits_.min_sample_rate || info_.sample_rate > limits_.max_sample_rate) {
      return error(ErrorCode::kUnsupported,
                   fmt::format("sample rate {} Hz is outside {} to {} Hz; resample it first", info_.sample_rate,
                               limits_.min_sample_rate, limits_.max_sample_rate));
    }
    if (info_.channels > limits_.max_channels) {
      return error(ErrorCode::kTooLarge, fmt::format("{} channels are more than {}; mix it down first", info_.channels,
                                                     limits_.max_channels));
    }
    first_pending_ = true;
    return {};
  }

  base::Result<math::ConstMatrixView> read() {
    if (first_pending_) {
      first_pending_ = false;
    } else {
      MLA_ASSIGN(const bool more, decode_frame());
      if (!more) return math::ConstMatrixView{};
    }
    if (frame_->sample_rate != info_.sample_rate) {
      return error(ErrorCode::kUnsupported,
                   fmt::format("the sample rate changes from {} to {} Hz after {:.1f} s; split or convert the file",
                               info_.sample_rate, frame_->sample_rate, seconds()));
    }
    const std::int64_t replaced = to_float(*frame_, info_.channels, samples_);
    if (replaced < 0) return error(ErrorCode::kUnsupported, "its sample format is unknown");
    counts_.replaced += static_cast<std::uint64_t>(replaced);
    counts_.frames += static_cast<std::uint64_t>(frame_->nb_samples);
    if (seconds() > limits_.max_seconds) {
      return error(ErrorCode::kTooLarge, fmt::format("it is longer than {:.0f} s; split it", limits_.max_seconds));
    }
    const auto frames = static_cast<std::size_t>(frame_->nb_samples);
    return math::ConstMatrixView{samples_.data(), static_cast<std::size_t>(info_.channels), frames, frames};
  }

  const SourceInfo& info() const { return info_; }
  const SourceCounts& counts() const { return counts_; }

 private:
  Error error(ErrorCode code, std::string_view what) const { return {code, fmt::format("{}: {}", name_, what)}; }
  double seconds() const { return static_cast<double>(counts_.frames) / info_.sample_rate; }

  Error not_audio(int code) const {
    if (input_.read_error() != 0) return base::system_error(input_.read_error(), "read", name_);
    if (code == AVERROR(ENOMEM)) return error(ErrorCode::kTooLarge, "its headers ask for more memory than allowed");
    return error(ErrorCode::kUnsupported,
                 "no audio format that is known here (see docs/audio.md), or damaged beyond "
                 "recognition");
  }

  base::Status open_container() {
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) return error(ErrorCode::kTooLarge, "out of memory");
    context->pb = input_.context();
    context->flags |= AVFMT_FLAG_CUSTOM_IO;
    context->io_open = refuse_to_open;
    context->probesize = kProbeBytes;
    context->max_analyze_duration = 2 * AV_TIME_BASE;
    context->max_streams = 64;
    context->format_whitelist = av_strdup(allowed_demuxers().c_str());
    context->codec_whitelist = av_strdup(allowed_decoders().c_str());  // find_stream_info opens decoders by itself
    const int opened = avformat_open_input(&context, "", nullptr, nullptr);  // frees the context if it fails
    if (opened < 0) return not_audio(opened);
    container_.reset(context);
    if (context->probe_score < kMinProbeScore) return not_audio(AVERROR_INVALIDDATA);
    info_.container = context->iformat->name;
    if (const int found = avformat_find_stream_info(context, nullptr); found == AVERROR(ENOMEM)) {
      return not_audio(found);
    }
    if (context->duration > 0) info_.duration_hint = static_cast<double>(context->duration) / AV_TIME_BASE;
    return {};
  }

  base::Status open_codec() {
    AVFormatContext& context = *container_;
    const int best = av_find_best_stream(&context, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
    if (best < 0) return error(ErrorCode::kUnsupported, fmt::format("no audio in this {} file", info_.container));
    stream_ = best;
    for (unsigned i = 0; i < context.nb_streams; ++i) {
      if (static_cast<int>(i) != best) context.streams[i]->discard = AVDISCARD_ALL;
    }
    const AVStream& stream = *context.streams[best];
    const AVCodec* decoder = avcodec_find_decoder(stream.codecpar->codec_id);
    info_.codec = avcodec_get_name(stream.codecpar->codec_id);
    if (decoder == nullptr || !is_allowed_decoder(decoder->name)) {
      return error(ErrorCode::kUnsupported, fmt::format("its audio is {}, which is not decoded here", info_.codec));
    }
    codec_.reset(avcodec_alloc_context3(decoder));
    if (!codec_ || avcodec_parameters_to_context(codec_.get(), stream.codecpar) < 0) {
      return error(ErrorCode::kTooLarge, "out of memory");
    }
    describe(*stream.codecpar);
    codec_->thread_count = 1;
    codec_->pkt_timebase = stream.time_base;
    if (const int opened = avcodec_open2(codec_.get(), decoder, nullptr); opened < 0) {
      return error(ErrorCode::kCorrupt, fmt::format("its {} headers are damaged ({})", info_.codec, reason(opened)));
    }
    return {};
  }

  void describe(const AVCodecParameters& parameters) {
    const AVCodecDescriptor* codec = avcodec_descriptor_get(parameters.codec_id);
    info_.lossless =
        codec != nullptr && (codec->props & AV_CODEC_PROP_LOSSLESS) != 0 && (codec->props & AV_CODEC_PROP_LOSSY) == 0;
    const auto format = av_get_packed_sample_fmt(static_cast<AVSampleFormat>(parameters.format));
    const bool floats = format == AV_SAMPLE_FMT_FLT || format == AV_SAMPLE_FMT_DBL;
    if (!info_.lossless || floats) return;
    info_.bits = parameters.bits_per_raw_sample > 0 ? parameters.bits_per_raw_sample : parameters.bits_per_coded_sample;
  }

  // Puts the next frame with samples into frame_; false at the end.
  base::Result<bool> decode_frame() {
    for (;;) {
      av_frame_unref(frame_.get());
      const int received = avcodec_receive_frame(codec_.get(), frame_.get());
      if (received == AVERROR_EOF) return false;
      if (received >= 0) {
        if (frame_->nb_samples > 0 && frame_->sample_rate > 0 && frame_->ch_layout.nb_channels > 0) return true;
        continue;
      }
      if (received == AVERROR(ENOMEM)) return error(ErrorCode::kTooLarge, "out of memory");
      if (received != AVERROR(EAGAIN)) {
        ++counts_.damaged_packets;
        if (draining_) return false;
      }
      MLA_CHECK(send_packet());
    }
  }

  base::Status send_packet() {
    for (;;) {
      av_packet_unref(packet_.get());
      const int got = draining_ ? AVERROR_EOF : av_read_frame(container_.get(), packet_.get());
      if (got == AVERROR(EAGAIN) && ++idle_ < 1000) continue;
      if (got < 0) {
        if (input_.read_error() != 0) return base::system_error(input_.read_error(), "read", name_);
        if (got == AVERROR(ENOMEM)) return error(ErrorCode::kTooLarge, "a packet asks for more memory than allowed");
        if (got != AVERROR_EOF) ++counts_.damaged_packets;  // as ffmpeg does: what came before counts
        draining_ = true;
        avcodec_send_packet(codec_.get(), nullptr);
        return {};
      }
      idle_ = 0;
      if (packet_->stream_index != stream_) continue;
      const int sent = avcodec_send_packet(codec_.get(), packet_.get());
      if (sent >= 0) return {};
      if (sent == AVERROR(ENOMEM)) return error(ErrorCode::kTooLarge, "out of memory");
      ++counts_.damaged_packets;
    }
  }

  MakeInput make_input_;
  std::string name_;
  DecodeLimits limits_;
  base::Descriptor descriptor_;
  AvioInput input_;
  Owned<AVFormatContext> container_;
  Owned<AVCodecContext> codec_;
  Owned<AVPacket> packet_;
  Owned<AVFrame> frame_;
  std::vector<float> samples_;
  SourceInfo info_;
  SourceCounts counts_;
  int stream_ = -1;
  int idle_ = 0;
  bool draining_ = false;
  bool first_pending_ = false;
};

base::Result<base::Descriptor> open_regular_file(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not hang.
  base::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (descriptor.get() < 0) return base::system_error(errno, "open", path);
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return base::system_error(errno, "open", path);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: {}, not a regular file; save the audio to a file first", path.string(),
                             S_ISDIR(status.st_mode)    ? "a folder"
                             : S_ISFIFO(status.st_mode) ? "a pipe"
                             : S_ISSOCK(status.st_mode) ? "a socket"
                                                        : "a device")};
  }
  return descriptor;
}

Source::Source(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&&) noexcept = default;
Source::~Source() = default;

base::Result<Source> Source::open(const std::filesystem::path& path, const DecodeLimits& limits) {
  MLA_ASSIGN(base::Descriptor opened, open_regular_file(path));
  const int descriptor = opened.get();
  struct stat status {};
  ::fstat(descriptor, &status);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  auto impl = std::make_unique<Impl>([=] { return descriptor_input(descriptor, size); }, path.string(), limits);
  impl->own(std::move(opened));
  MLA_CHECK(impl->start());
  return Source(std::move(impl));
}

base::Result<Source> Source::open_descriptor(int descriptor, std::string_view name, const DecodeLimits& limits) {
  // Not fstat: the C library makes it a call that takes paths, which the sandbox of analysis refuses.
  const ::off_t size = ::lseek(descriptor, 0, SEEK_END);
  if (size < 0) return base::system_error(errno, "read", std::filesystem::path(name));
  auto impl = std::make_unique<Impl>([=] { return descriptor_input(descriptor, static_cast<std::uint64_t>(size)); },
                                     name, limits);
  MLA_CHECK(impl->start());
  return Source(std::move(impl));
}

base::Result<Source> Source::open_bytes(std::span<const std::byte> bytes, std::string_view name,
                                        const DecodeLimits& limits) {
  auto impl = std::make_unique<Impl>([=] { return memory_input(bytes); }, name, limits);
  MLA_CHECK(impl->start());
  return Source(std::move(impl));
}

base::Result<Source> Source::again() const {
  auto impl = impl_->again();
  MLA_CHECK(impl->start());
  return Source(std::move(impl));
}

const SourceInfo& Source::info() const { return impl_->info(); }
const SourceCounts& Source::counts() const { return impl_->counts(); }
base::Result<math::ConstMatrixView> Source::read() { return impl_->read(); }

}  // namespace mla::audio
