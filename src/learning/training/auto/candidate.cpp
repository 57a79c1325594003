#include "learning/training/auto/candidate.h"

#include <algorithm>

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

Candidate Candidate::next_lighter() const {
  Candidate next{algorithm, parameters, {lighter.begin() + 1, lighter.end()}};
  for (const auto& [name, value] : lighter.front()) next.parameters[name] = value;
  return next;
}

std::vector<Candidate> candidates_of(std::span<const models::Algorithm> algorithms, std::int32_t largest_rank) {
  std::vector<Candidate> all;
  std::size_t rounds = 1;
  for (const models::Algorithm& algorithm : algorithms) rounds = std::max(rounds, algorithm.candidates.size());
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const models::Algorithm& algorithm : algorithms) {
      if (round == 0 && algorithm.candidates.empty()) all.push_back({algorithm.name, {}, algorithm.lighter});
      if (round >= algorithm.candidates.size()) continue;
      const ParameterMap& parameters = algorithm.candidates[round];
      const auto factors = parameters.find("factors");
      const bool too_many = factors != parameters.end() && std::get<double>(factors->second) > largest_rank;
      if (round == 0 || !too_many) all.push_back({algorithm.name, parameters, algorithm.lighter});
    }
  }
  return all;
}

}  // namespace mla::training
