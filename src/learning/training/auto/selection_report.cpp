#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "learning/training/auto/selection.h"
#include "learning/training/parameters_json.h"

namespace mla::training {
namespace {

namespace json = boost::json;

std::string_view state_name(const RaceRow& row) {
  switch (row.state) {
    case RaceRow::State::kNoTime:
      return "no time";
    case RaceRow::State::kFailed:
      return "failed";
    case RaceRow::State::kBeaten:
      return "beaten";
    case RaceRow::State::kTooCostly:
      return "too costly";
    case RaceRow::State::kJudged:
      break;
  }
  return row.representative ? "best of its kind" : "judged";
}

json::object row_object(const RaceRow& row) {
  json::object object = {{"algorithm", row.candidate.algorithm},
                         {"params", to_object(row.candidate.parameters)},
                         {"state", state_name(row)}};
  if (!row.note.empty()) object["note"] = row.note;
  if (row.share == 0) return object;
  object["user_share"] = row.share;
  object["ndcg"] = row.ndcg;
  object["standard_error"] = row.error;
  object["fit_seconds"] = row.judgement.fit_seconds;
  object["score_ms"] = row.judgement.score_ms;
  object["answer_ms"] = row.judgement.answer_ms;
  object["bytes"] = row.judgement.bytes;
  return object;
}

json::object ensemble_object(const Ensemble& ensemble) {
  json::object weights;
  for (std::size_t p = 0; p < ensemble.parts.size(); ++p) weights[ensemble.parts[p]] = ensemble.weights[p];
  json::object object = {{"weights", std::move(weights)}, {"ndcg@20", ensemble.ndcg},
                         {"gain", ensemble.gain},         {"gain_standard_error", ensemble.gain_error},
                         {"score_ms", ensemble.score_ms}, {"bytes", ensemble.bytes},
                         {"chosen", ensemble.chosen}};
  if (!ensemble.note.empty()) object["note"] = ensemble.note;
  return object;
}

std::string ensemble_line(const Ensemble& ensemble) {
  std::vector<std::string> parts;
  for (std::size_t p = 0; p < ensemble.parts.size(); ++p) {
    parts.push_back(fmt::format("{} {:.2f}", ensemble.parts[p], ensemble.weights[p]));
  }
  return fmt::format(
      "ensemble of {}: ndcg@20 {:.4f}, over its best part {:+.4f} (standard error {:.4f}), {:.2f} ms{}\n",
      fmt::join(parts, " + "), ensemble.ndcg, ensemble.gain, ensemble.gain_error, ensemble.score_ms,
      ensemble.note.empty() ? "" : "; " + ensemble.note);
}

}  // namespace

std::string to_table(const Selection& selection) {
  std::string text = fmt::format("auto: predicting {}, {:.0f} s of {:.0f} s\n", selection.validation, selection.seconds,
                                 selection.budget_seconds);
  text += fmt::format("{:>10} {:>7}{:>9}{:>11}{:>11}  candidate\n", fmt::format("ndcg@{}", selection.at), "± se",
                      "fit s", "ms/answer", "bytes");
  for (const RaceRow& row : selection.rows) {
    const std::string share =
        row.share > 0 && row.share < 1 ? fmt::format(" ({:.1f} % of the users)", 100 * row.share) : "";
    if (row.share > 0) {
      text += fmt::format("{:>10.4f} {:>7.4f}{:>9.2f}{:>11.3f}{:>11}  ", row.ndcg, row.error, row.judgement.fit_seconds,
                          row.judgement.answer_ms, row.judgement.bytes);
    } else {
      text += fmt::format("{:>10} {:>7}{:>9}{:>11}{:>11}  ", "–", "", "", "", "");
    }
    text += fmt::format("{}{}{}{}\n", row.representative ? "* " : "", row.candidate.label(), share,
                        row.note.empty() ? "" : ": " + row.note);
  }
  if (selection.ensemble) text += ensemble_line(*selection.ensemble);
  for (const std::string& note : selection.notes) text += note + "\n";
  text += fmt::format("chosen: {}\n", Candidate{selection.algorithm, selection.parameters}.label());
  return text;
}

json::object to_object(const Selection& selection) {
  json::array rows;
  for (const RaceRow& row : selection.rows) rows.push_back(row_object(row));
  json::object object = {{"algorithm", selection.algorithm},
                         {"params", to_object(selection.parameters)},
                         {"validation", selection.validation},
                         {"at", selection.at},
                         {"budget_seconds", selection.budget_seconds},
                         {"seconds", selection.seconds},
                         {"candidates", std::move(rows)}};
  if (selection.ensemble) object["ensemble"] = ensemble_object(*selection.ensemble);
  if (!selection.notes.empty()) object["notes"] = json::value_from(selection.notes);
  return object;
}

}  // namespace mla::training
