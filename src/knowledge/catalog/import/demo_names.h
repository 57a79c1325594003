#pragma once

#include <array>
#include <string>
#include <string_view>

#include "foundation/base/random.h"

// Invented but readable names, and the styles of the demo world.
namespace mla::catalog {

struct DemoStyle {
  std::string_view name;
  double energy;  // 0 calm … 1 lively
  std::array<std::string_view, 4> tags;
};

inline constexpr std::array<DemoStyle, 12> kDemoStyles = {{
    {"ambient", 0.10, {"drone", "calm", "instrumental", "night"}},
    {"chamber", 0.18, {"strings", "piano", "instrumental", "calm"}},
    {"folk", 0.30, {"acoustic", "storytelling", "guitar", "warm"}},
    {"jazz", 0.36, {"saxophone", "improvisation", "late night", "piano"}},
    {"dream pop", 0.42, {"reverb", "mellow", "guitar", "female vocalists"}},
    {"soul", 0.52, {"groove", "vocals", "warm", "brass"}},
    {"indie rock", 0.64, {"guitar", "lo-fi", "upbeat", "garage"}},
    {"synth pop", 0.70, {"synthesizer", "upbeat", "retro", "dance"}},
    {"hip hop", 0.72, {"beats", "rap", "samples", "bass"}},
    {"house", 0.84, {"dance", "club", "four on the floor", "bass"}},
    {"techno", 0.90, {"club", "hypnotic", "machines", "dark"}},
    {"metal", 0.96, {"heavy", "riffs", "loud", "dark"}},
}};

std::string demo_artist_name(base::Random& random);
std::string demo_title(base::Random& random);

}  // namespace mla::catalog
