#include "learning/training/evaluation_report.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/json.h"
#include "learning/training/parameters_json.h"

namespace mla::training {
namespace {

namespace json = boost::json;

// The contract's name of a metric under this protocol, without "@K"; empty if the protocol does not have it.
std::string shown_name(std::string_view metric, Protocol protocol) {
  if (protocol == Protocol::kHoldout) return std::string(metric);
  if (metric == "hit_rate") return "hr";
  return metric == "ndcg" ? "ndcg" : "";
}

json::object object_of(const Evaluation& e, Protocol protocol) {
  const auto at_k = [&](const std::string& shown) { return fmt::format("{}@{}", shown, e.at); };
  json::object object = {{"algorithm", e.algorithm}, {"params", to_object(e.parameters)},
                         {"users", e.users},         {"users_without_history", e.users_without_history},
                         {"items", e.items},         {"interactions", e.interactions}};
  for (const auto& [name, value] : e.metrics) {
    const std::string shown = shown_name(name, protocol);
    if (!shown.empty()) object[at_k(shown)] = value;
  }
  if (!e.intervals.empty()) {
    json::object intervals;
    for (const auto& [name, interval] : e.intervals) {
      const std::string shown = shown_name(name, protocol);
      if (!shown.empty()) intervals[at_k(shown)] = {interval.low, interval.high};
    }
    object["intervals"] = std::move(intervals);
  }
  if (e.calibration_error) object["calibration_error"] = *e.calibration_error;
  object["fit_seconds"] = e.fit_seconds;
  object["score_seconds"] = e.score_seconds;
  object["peak_rss_bytes"] = e.peak_rss_bytes;
  object["threads"] = e.threads;
  if (!e.selection.empty()) object["auto"] = e.selection;
  return object;
}

}  // namespace

std::string to_json(const Evaluation& evaluation, Protocol protocol) {
  return base::to_json_text(object_of(evaluation, protocol));
}

std::string to_json(std::span<const Evaluation> evaluations, Protocol protocol, base::Work& work) {
  json::array objects;
  json::array differences;
  for (const Evaluation& e : evaluations) {
    objects.push_back(object_of(e, protocol));
    if (&e == evaluations.data()) continue;
    json::object difference = {{"of", e.algorithm}, {"minus", evaluations[0].algorithm}};
    for (const auto& [name, d] : paired_difference(e, evaluations[0], work)) {
      const std::string shown = shown_name(name, protocol);
      if (shown.empty()) continue;
      difference[fmt::format("{}@{}", shown, e.at)] = {{"mean", d.mean}, {"low", d.low}, {"high", d.high}};
    }
    differences.push_back(std::move(difference));
  }
  return base::to_json_text(json::object{{"evaluations", std::move(objects)}, {"differences", std::move(differences)}});
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
  for (const Evaluation& e : evaluations) {
    if (e.calibration_error) {
      text += fmt::format("{} confidence: calibration error {:.4f} over the first 20 places\n", e.algorithm,
                          *e.calibration_error);
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
