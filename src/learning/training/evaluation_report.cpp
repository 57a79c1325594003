#include "learning/training/evaluation_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/parse.h"
#include "learning/training/parameters_json.h"

namespace mla::training {
namespace {

using base::format_number;

// The contract's name of a metric under this protocol, without "@K"; empty if the protocol does not have it.
std::string shown_name(std::string_view metric, Protocol protocol) {
  if (protocol == Protocol::kHoldout) return std::string(metric);
  if (metric == "hit_rate") return "hr";
  return metric == "ndcg" ? "ndcg" : "";
}

std::string object_of(const Evaluation& e, Protocol protocol) {
  std::vector<std::string> fields = {
      fmt::format("\"algorithm\": {}", json_text(e.algorithm)),
      fmt::format("\"params\": {}", to_json(e.parameters)),
      fmt::format("\"users\": {}", e.users),
      fmt::format("\"users_without_history\": {}", e.users_without_history),
      fmt::format("\"items\": {}", e.items),
      fmt::format("\"interactions\": {}", e.interactions),
  };
  for (const auto& [name, value] : e.metrics) {
    const std::string shown = shown_name(name, protocol);
    if (!shown.empty()) fields.push_back(fmt::format("\"{}@{}\": {}", shown, e.at, format_number(value)));
  }
  if (!e.intervals.empty()) {
    std::vector<std::string> intervals;
    for (const auto& [name, interval] : e.intervals) {
      const std::string shown = shown_name(name, protocol);
      if (shown.empty()) continue;
      intervals.push_back(
          fmt::format("\"{}@{}\": [{}, {}]", shown, e.at, format_number(interval.low), format_number(interval.high)));
    }
    fields.push_back(fmt::format("\"intervals\": {{{}}}", fmt::join(intervals, ", ")));
  }
  fields.push_back(fmt::format("\"fit_seconds\": {}", format_number(e.fit_seconds)));
  fields.push_back(fmt::format("\"score_seconds\": {}", format_number(e.score_seconds)));
  fields.push_back(fmt::format("\"peak_rss_bytes\": {}", e.peak_rss_bytes));
  fields.push_back(fmt::format("\"threads\": {}", e.threads));
  return fmt::format("{{{}}}", fmt::join(fields, ", "));
}

}  // namespace

std::string to_json(const Evaluation& evaluation, Protocol protocol) { return object_of(evaluation, protocol); }

std::string to_json(std::span<const Evaluation> evaluations, Protocol protocol, base::Work& work) {
  std::vector<std::string> objects;
  std::vector<std::string> differences;
  for (const Evaluation& e : evaluations) {
    objects.push_back(object_of(e, protocol));
    if (&e == evaluations.data()) continue;
    std::vector<std::string> fields = {
        fmt::format("\"of\": {}, \"minus\": {}", json_text(e.algorithm), json_text(evaluations[0].algorithm))};
    for (const auto& [name, d] : paired_difference(e, evaluations[0], work)) {
      const std::string shown = shown_name(name, protocol);
      if (shown.empty()) continue;
      fields.push_back(fmt::format("\"{}@{}\": {{\"mean\": {}, \"low\": {}, \"high\": {}}}", shown, e.at,
                                   format_number(d.mean), format_number(d.low), format_number(d.high)));
    }
    differences.push_back(fmt::format("{{{}}}", fmt::join(fields, ", ")));
  }
  return fmt::format("{{\"evaluations\": [{}], \"differences\": [{}]}}", fmt::join(objects, ", "),
                     fmt::join(differences, ", "));
}

std::string to_table(std::span<const Evaluation> evaluations, Protocol protocol, base::Work& work) {
  if (evaluations.empty()) return "";
  const Evaluation& first = evaluations[0];
  std::string text =
      fmt::format("{} users ({} without history), {} items, {} training interactions, {} threads\n", first.users,
                  first.users_without_history, first.items, first.interactions, first.threads);
  text += fmt::format("{:<14}", "algorithm");
  for (const auto& [name, value] : first.metrics) {
    const std::string shown = shown_name(name, protocol);
    if (!shown.empty()) text += fmt::format("{:>14}", fmt::format("{}@{}", shown, first.at));
  }
  text += fmt::format("{:>9}{:>9}\n", "fit s", "rank s");
  for (const Evaluation& e : evaluations) {
    text += fmt::format("{:<14}", e.algorithm);
    for (const auto& [name, value] : e.metrics) {
      if (!shown_name(name, protocol).empty()) text += fmt::format("{:>14.4f}", value);
    }
    text += fmt::format("{:>9.2f}{:>9.2f}\n", e.fit_seconds, e.score_seconds);
  }
  for (const Evaluation& e : evaluations) {
    for (const auto& [name, interval] : e.intervals) {
      const std::string shown = shown_name(name, protocol);
      if (shown.empty()) continue;
      text += fmt::format("{} {}@{}: {:.4f}, 95 % interval {:.4f} to {:.4f}\n", e.algorithm, shown, e.at, interval.mean,
                          interval.low, interval.high);
    }
  }
  for (const Evaluation& e : evaluations.subspan(1)) {
    for (const auto& [name, d] : paired_difference(e, first, work)) {
      const std::string shown = shown_name(name, protocol);
      if (shown.empty()) continue;
      text += fmt::format("{} − {}, {}@{}: {:+.4f}, paired 95 % interval {:+.4f} to {:+.4f}\n", e.algorithm,
                          first.algorithm, shown, e.at, d.mean, d.low, d.high);
    }
  }
  return text;
}

}  // namespace mla::training
