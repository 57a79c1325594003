#include "knowledge/catalog/matching/matches.h"

#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"

namespace mla::apps {
namespace {

namespace json = boost::json;
using catalog::HeardItem;
using catalog::Item;

json::object described(const Item& item) {
  json::object object{{"id", item.id.str()}, {"title", item.title}, {"artist", item.artist}, {"album", item.album}};
  if (item.duration_seconds) object["duration"] = *item.duration_seconds;
  if (!item.path.empty()) object["path"] = item.path;
  return object;
}

// "Radiohead: Creep (The Bends), 3:58".
std::string named(const Item& item) {
  std::string text = item.artist.empty() ? item.title : fmt::format("{}: {}", item.artist, item.title);
  if (!item.album.empty()) text += fmt::format(" [{}]", item.album);
  if (item.duration_seconds && *item.duration_seconds < 1e6) {
    const auto seconds = static_cast<int>(std::lround(*item.duration_seconds));
    text += fmt::format(", {}:{:02}", seconds / 60, seconds % 60);
  }
  return text;
}

int list(const MatchesOptions& options, catalog::Catalog& catalog) {
  const bool matched = options.action == MatchesAction::kList;
  const auto items = matched ? catalog::matched_items(catalog, options.max_score, options.limit)
                             : catalog::unmatched_items(catalog, options.limit);
  if (!items.ok()) return fail(items.error());
  for (const HeardItem& item : *items) {
    if (options.json) {
      json::object object{{"heard", described(item.heard)}, {"events", item.events}};
      if (matched) {
        object["owned"] = described(item.owned);
        object["rule"] = item.rule;
        object["score"] = item.score;
      }
      fmt::print("{}\n", base::to_json_text(object));
    } else if (matched) {
      fmt::print("{:.3f} {:<8} {}\n      {:<8} {}\n      id       {}\n", item.score, item.rule, named(item.heard), "is",
                 named(item.owned), item.heard.id.str());
    } else {
      fmt::print("{:>6}  {}\n        id {}\n", item.events, named(item.heard), item.heard.id.str());
    }
  }
  if (items->empty() && !options.json) fmt::print(stderr, "none\n");
  return kDone;
}

int undo(const MatchesOptions& options, catalog::Catalog& catalog) {
  int worst = kDone;
  for (const std::string& id : options.ids) {
    const auto undone = catalog::undo_match(catalog, base::ItemId(id));
    if (!undone.ok()) {
      worst = fail(undone.error());
      continue;
    }
    fmt::print("{} is no longer taken for {}\n", named(undone->heard), named(undone->owned));
  }
  return worst;
}

int match(const MatchesOptions& options, catalog::Catalog& catalog, base::Work& work) {
  const auto report = catalog::match_history(catalog, work);
  work.progress.end();
  if (!report.ok()) return fail(report.error());
  if (!options.json) {
    fmt::print("{} new matches: {}\n", report->added, catalog::summary(*report));
    return kDone;
  }
  fmt::print("{}\n", base::to_json_text(json::object{{"heard", report->heard},
                                                     {"matched", report->matched},
                                                     {"added", report->added},
                                                     {"events", report->events},
                                                     {"matched_events", report->matched_events}}));
  return kDone;
}

int versions(const MatchesOptions& options, catalog::Catalog& catalog) {
  const auto songs = catalog::song_versions(catalog);
  if (!songs.ok()) return fail(songs.error());
  for (std::size_t i = 0; i < std::min(options.limit, songs->size()); ++i) {
    if (options.json) {
      json::array items;
      for (const Item& item : (*songs)[i]) items.push_back(described(item));
      fmt::print("{}\n", base::to_json_text(json::object{{"versions", std::move(items)}}));
      continue;
    }
    for (const Item& item : (*songs)[i]) fmt::print("{}  ({})\n", named(item), item.id.str());
    fmt::print("\n");
  }
  if (songs->empty() && !options.json) fmt::print(stderr, "none\n");
  return kDone;
}

}  // namespace

int run(const MatchesOptions& options) {
  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  catalog::Catalog& catalog = (*program)->engine().catalog();
  switch (options.action) {
    case MatchesAction::kList:
    case MatchesAction::kUnmatched:
      return list(options, catalog);
    case MatchesAction::kUndo:
      return undo(options, catalog);
    case MatchesAction::kVersions:
      return versions(options, catalog);
    case MatchesAction::kRun:
      break;
  }
  base::ThreadPool pool((*program)->settings().performance.threads);
  const auto progress = base::make_terminal_progress();
  base::Work work{pool, *progress, stop_flag()};
  return match(options, catalog, work);
}

}  // namespace mla::apps
