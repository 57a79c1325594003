#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mla::analysis {

// Parts of an analysis that can be left out, and cost nothing then; the keys they fill are null.
enum class Part : std::uint32_t { kQuality = 1U << 0, kFingerprint = 1U << 1, kGenreMood = 1U << 2 };

struct PartName {
  Part part;
  std::string_view name;  // as in --without
};
inline constexpr std::array kPartNames = {PartName{Part::kQuality, "quality"},
                                          PartName{Part::kFingerprint, "fingerprint"},
                                          PartName{Part::kGenreMood, "genre-mood"}};

// What a worker makes of a file: an analysis, or only a print of it (print.h).
enum class Task : std::uint32_t { kAnalysis, kIndexPrint, kQueryPrint };

// What is asked of a file.
struct Wanted {
  Task task = Task::kAnalysis;
  bool plot = false;
  std::uint32_t left_out = 0;  // of Part

  bool has(Part part) const { return (left_out & static_cast<std::uint32_t>(part)) == 0; }
  void leave_out(Part part) { left_out |= static_cast<std::uint32_t>(part); }
};

inline std::optional<Part> find_part(std::string_view name) {
  for (const PartName& one : kPartNames) {
    if (one.name == name) return one.part;
  }
  return std::nullopt;
}

}  // namespace mla::analysis
