#include "serving/analysis/plots/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "serving/analysis/plots/png.h"

namespace mla::analysis {
namespace {

constexpr double kLeft = 78;
constexpr double kWidth = 1100;
constexpr double kRight = kLeft + kWidth;
constexpr const char* kGrey = "#6b7280";
constexpr const char* kInk = "#1f2937";

std::string escaped(std::string_view text) {
  std::string out;
  const bool readable = base::is_utf8(text);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (byte < 32 || byte == 127)
      out += ' ';
    else if (byte > 127 && !readable)
      out += '?';
    else
      out += c;
  }
  return out;
}

// A distance between labels of 1, 2 or 5 times a power of ten (of minutes and their parts above 30 s), so that about
// `wanted` of them fit into `range`.
double step_for(double range, double wanted, bool time) {
  const double raw = std::max(range / wanted, 1e-6);
  if (time && raw > 10) {
    for (const double step : {15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0}) {
      if (raw <= step) return step;
    }
    return 14400;
  }
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power) return factor * power;
  }
  return 10 * power;
}

std::string time_label(double seconds, double step) {
  if (step < 1) return fmt::format("{:g}", std::round(seconds * 1e4) / 1e4);
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

class Drawing {
 public:
  Drawing(std::string_view title, const Analysis& analysis, const PlotEnvelope& envelope,
          const audio::PitchEnvelope& pitches)
      : analysis_(analysis), envelope_(envelope), pitches_(pitches), duration_(std::max(analysis.duration, 1e-6)) {
    out_ =
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1210 806" font-family="Helvetica,Arial,sans-serif" font-size="12">)"
        "\n<rect width=\"1210\" height=\"806\" fill=\"#ffffff\"/>\n";
    out_ += fmt::format(
        "<title>{0}</title>\n<text x=\"{1}\" y=\"30\" font-size=\"18\" font-weight=\"bold\" fill=\"{2}\">{0}</text>\n",
        escaped(title), kLeft, kInk);
    out_ += fmt::format("<text x=\"{}\" y=\"50\" fill=\"{}\">{}</text>\n", kLeft, kGrey, escaped(subtitle()));
  }

  std::string draw() {
    waveform(84, 120);
    spectrogram(250, 190);
    chroma(486, 130);
    tempo(662, 100);
    time_axis(762);
    return out_ + "</svg>\n";
  }

 private:
  double x(double seconds) const { return kLeft + kWidth * std::clamp(seconds / duration_, 0.0, 1.0); }

  std::string subtitle() const {
    std::string text = fmt::format("{} · {} Hz · {} · {}", time_label(analysis_.duration, 1), analysis_.sample_rate,
                                   analysis_.channels == 1   ? "mono"
                                   : analysis_.channels == 2 ? "stereo"
                                                             : fmt::format("{} channels", analysis_.channels),
                                   analysis_.codec);
    if (analysis_.rhythm.tempo > 0) {
      text += fmt::format(" · {:.1f} BPM ({:.0f} %)", analysis_.rhythm.tempo, 100 * analysis_.rhythm.confidence);
    }
    return text + (key().empty() ? "" : " · " + key());
  }

  std::string key() const {
    const audio::Tonality& found = analysis_.tonality;
    if (found.tonic < 0) return {};
    return fmt::format("{} {} ({:.0f} %), {}", found.tonic_name(), found.mode_name(), 100 * found.confidence,
                       found.camelot());
  }

  void text(double at_x, double at_y, const char* anchor, std::string_view words, const char* colour = kGrey) {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", at_x, at_y,
                        anchor, colour, escaped(words));
  }

  void line(double x1, double y1, double x2, double y2, const char* colour, double width = 1, double opacity = 1) {
    out_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"{:g}\" "
        "opacity=\"{:g}\"/>\n",
        x1, y1, x2, y2, colour, width, opacity);
  }

  void frame(double top, double height, std::string_view heading, std::string_view axis) {
    out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#9ca3af\"/>\n",
                        kLeft, top, kWidth, height);
    text(kLeft, top - 7, "start", heading, kInk);
    out_ += fmt::format(
        "<text transform=\"translate(18,{:.1f}) rotate(-90)\" text-anchor=\"middle\" fill=\"{}\">{}</text>\n",
        top + height / 2, kGrey, escaped(axis));
  }

  void image(double top, double height, const std::vector<Colour>& pixels, std::size_t width, std::size_t rows) {
    if (pixels.empty()) return;
    out_ += fmt::format(
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
        "style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        kLeft, top, kWidth, height,
        base64(png(pixels, static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(rows))));
  }

  // Beats, and the first of each bar, over the height of the waveform; many of them as ticks at its foot that do not
  // cover it: an SVG is there to be enlarged. Returns what was drawn, for the heading.
  std::string beats(double top, double height) {
    constexpr std::size_t kMostLines = 360;
    constexpr std::size_t kMostTicks = 10000;
    constexpr double kTick = 9;
    const audio::Rhythm& rhythm = analysis_.rhythm;
    if (rhythm.beats.empty()) return "no beats found";
    if (rhythm.beats.size() > kMostTicks) return fmt::format("{} beats, too many to draw", rhythm.beats.size());
    const bool dense = rhythm.beats.size() > kMostLines;
    std::string ordinary;
    std::string first;
    auto downbeat = rhythm.downbeats.begin();
    for (std::size_t i = 0; i < rhythm.beats.size(); ++i) {
      downbeat = std::find_if(downbeat, rhythm.downbeats.end(), [i](std::size_t index) { return index >= i; });
      const bool is_first = downbeat != rhythm.downbeats.end() && *downbeat == i;
      const double length = !dense ? height : is_first ? 2 * kTick : kTick;
      (is_first ? first : ordinary) +=
          fmt::format("M{:.2f},{:.1f}v{:.1f}", x(rhythm.beats[i]), top + height - length, length);
    }
    const auto draw = [&](const std::string& path, std::string_view colour, double width, double opacity) {
      if (path.empty()) return;
      out_ += fmt::format("<path d=\"{}\" stroke=\"{}\" stroke-width=\"{}\" opacity=\"{}\"/>\n", path, colour,
                          dense ? 0.5 : width, dense ? 1 : opacity);
    };
    draw(ordinary, "#f59e0b", .8, .6);
    draw(first, "#dc2626", 1.3, .9);
    return fmt::format("{} beats (orange), bars begin at red", rhythm.beats.size());
  }

  void waveform(double top, double height) {
    const auto& columns = envelope_.columns();
    float peak = 1e-3F;
    for (const auto& column : columns) peak = std::max({peak, -column.low, column.high});
    const double middle = top + height / 2;
    const double scale = height / 2 * .95 / peak;
    std::string path;
    const auto count = static_cast<double>(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      path += fmt::format("{}{:.1f},{:.1f}", i == 0 ? "M" : "L", kLeft + kWidth * (static_cast<double>(i) + .5) / count,
                          middle - scale * columns[i].high);
    }
    for (std::size_t i = columns.size(); i-- > 0;) {
      path += fmt::format("L{:.1f},{:.1f}", kLeft + kWidth * (static_cast<double>(i) + .5) / count,
                          middle - scale * columns[i].low);
    }
    if (!path.empty())
      out_ += fmt::format("<path d=\"{}Z\" fill=\"#2563eb\" stroke=\"#2563eb\" stroke-width=\".6\" opacity=\".85\"/>\n",
                          path);
    const std::string drawn = beats(top, height);
    frame(top, height, "Waveform · " + drawn, "amplitude");
    for (const double part : {-1.0, 0.0, 1.0})
      text(kLeft - 8, middle - part * scale * peak + 4, "end", fmt::format("{:.2g}", part * peak));
  }

  void spectrogram(double top, double height) {
    const auto& columns = envelope_.columns();
    float loudest = 1e-10F;
    for (const auto& column : columns)
      loudest = std::max(loudest, *std::max_element(column.power.begin(), column.power.end()));
    std::vector<Colour> pixels(columns.size() * PlotEnvelope::kBands);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      for (std::size_t band = 0; band < PlotEnvelope::kBands; ++band) {
        const double decibels = 10 * std::log10(std::max(columns[i].power[band], 1e-12F) / loudest);
        pixels[(PlotEnvelope::kBands - 1 - band) * columns.size() + i] = heat(1 + decibels / 80);
      }
    }
    image(top, height, pixels, columns.size(), PlotEnvelope::kBands);
    frame(top, height, "Mel spectrogram · dark −80 dB, bright 0 dB below the loudest", "frequency / Hz");
    const double low = std::log10(1 + PlotEnvelope::kLowest / 700);
    const double high = std::log10(1 + PlotEnvelope::kHighest / 700);
    for (const double hertz : {100.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0}) {
      const double y = top + height * (1 - (std::log10(1 + hertz / 700) - low) / (high - low));
      line(kLeft - 4, y, kLeft, y, kGrey);
      text(kLeft - 8, y + 4, "end", fmt::format("{:g}", hertz));
    }
  }

  void chroma(double top, double height) {
    static constexpr std::array<const char*, 12> kNames = {"C",  "C#", "D",  "Eb", "E",  "F",
                                                           "F#", "G",  "Ab", "A",  "Bb", "B"};
    const auto& rows = pitches_.rows();
    const std::size_t width = std::min<std::size_t>(rows.size(), PlotEnvelope::kColumns);
    std::vector<Colour> pixels(width * 12);
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t begin = i * rows.size() / width;
      const std::size_t end = std::max(begin + 1, (i + 1) * rows.size() / width);
      for (std::size_t pitch = 0; pitch < 12; ++pitch) {
        double sum = 0;
        for (std::size_t row = begin; row < end; ++row) sum += rows[row].treble[pitch];
        pixels[(11 - pitch) * width + i] = heat(sum / (255.0 * static_cast<double>(end - begin)));
      }
    }
    image(top, height, pixels, width, 12);
    frame(top, height, "Chroma · " + (key().empty() ? std::string("no key found") : key()), "pitch class");
    for (std::size_t pitch = 0; pitch < 12; ++pitch) {
      const bool tonic = analysis_.tonality.tonic == static_cast<int>(pitch);
      text(kLeft - 8, top + height * (11.5 - static_cast<double>(pitch)) / 12 + 4, "end", kNames[pitch],
           tonic ? "#dc2626" : kGrey);
    }
  }

  void tempo(double top, double height) {
    const auto& curve = analysis_.rhythm.tempo_curve;
    if (curve.empty()) {
      frame(top, height, "Tempo · none found", "tempo / BPM");
      return;
    }
    double low = analysis_.rhythm.tempo;
    double high = low;
    for (const auto& point : curve) {
      low = std::min(low, point.tempo);
      high = std::max(high, point.tempo);
    }
    const double margin = std::max(5.0, .1 * (high - low));
    low -= margin;
    high += margin;
    const auto y = [&](double value) { return top + height * (high - value) / (high - low); };
    const double step = step_for(high - low, 4, false);
    for (double value = std::ceil(low / step) * step; value <= high; value += step) {
      line(kLeft, y(value), kRight, y(value), "#e5e7eb");
      text(kLeft - 8, y(value) + 4, "end", fmt::format("{:g}", value));
    }
    line(kLeft, y(analysis_.rhythm.tempo), kRight, y(analysis_.rhythm.tempo), "#9ca3af", 1, .8);
    std::string path;
    for (const auto& point : curve)
      path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "M" : "L", x(point.time), y(point.tempo));
    out_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#059669\" stroke-width=\"2\"/>\n", path);
    frame(top, height, fmt::format("Tempo · {:.1f} BPM, over the file", analysis_.rhythm.tempo), "tempo / BPM");
  }

  void time_axis(double y) {
    const double step = step_for(duration_, 12, true);
    for (double seconds = 0; seconds <= duration_ * (1 + 1e-9); seconds += step) {
      line(x(seconds), y, x(seconds), y + 5, kGrey);
      text(x(seconds), y + 19, "middle", time_label(seconds, step));
    }
    text(kLeft + kWidth / 2, y + 38, "middle", step < 1 ? "time / s" : "time / min:s");
  }

  const Analysis& analysis_;
  const PlotEnvelope& envelope_;
  const audio::PitchEnvelope& pitches_;
  double duration_;
  std::string out_;
};

}  // namespace

std::string plot(std::string_view title, const Analysis& analysis, const PlotEnvelope& envelope,
                 const audio::PitchEnvelope& pitches) {
  return Drawing(title, analysis, envelope, pitches).draw();
}

}  // namespace mla::analysis
