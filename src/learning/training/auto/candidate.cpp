#include "learning/training/auto/candidate.h"

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::training {

std::string Candidate::label() const {
  std::string text = algorithm;
  for (const auto& [name, value] : parameters) {
    text += ' ' + name + '=';
    if (const auto* number = std::get_if<double>(&value)) {
      text += base::format_number(*number);
    } else if (const auto* flag = std::get_if<bool>(&value)) {
      text += *flag ? "true" : "false";
    } else {
      text += std::get<std::string>(value);
    }
  }
  return text;
}

std::vector<Candidate> candidates_of(std::span<const models::Algorithm> algorithms) {
  std::vector<Candidate> all;
  for (std::size_t round = 0;; ++round) {
    const std::size_t before = all.size();
    for (const models::Algorithm& algorithm : algorithms) {
      if (round < algorithm.candidates.size()) {
        all.push_back({algorithm.name, algorithm.candidates[round]});
      } else if (round == 0) {
        all.push_back({algorithm.name, {}});
      }
    }
    if (all.size() == before) return all;
  }
}

}  // namespace mla::training
