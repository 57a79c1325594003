#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "learning/registry/registry.h"

namespace mla::apps {
namespace {

namespace json = boost::json;
using artifact::Published;
using base::Result;
using registry::Entry;
using registry::Registry;

std::string name_of(const Published& version) { return fmt::format("{}/{}", version.id, version.version); }

// A text of the manifest, or `otherwise`.
std::string text_of(const Entry& entry, std::string_view key, std::string_view otherwise = "?") {
  const json::value* value = entry.manifest.if_contains(key);
  return std::string(value != nullptr && value->is_string() ? std::string_view(value->get_string()) : otherwise);
}

json::object object_of(const Published& version) { return {{"model", version.id}, {"version", version.version}}; }

json::object object_of(const Entry& entry, bool whole_manifest) {
  json::object object = object_of(entry.published);
  object["alias"] = entry.alias.empty() ? json::value(nullptr) : json::value(entry.alias);
  object["bytes"] = entry.bytes;
  object["folder"] = entry.published.folder.string();
  object["problem"] = entry.problem.empty() ? json::value(nullptr) : json::value(entry.problem);
  if (whole_manifest) {
    object["manifest"] = entry.manifest;
  } else {
    object["created"] = entry.problem.empty() ? json::value(text_of(entry, "created")) : json::value(nullptr);
  }
  return object;
}

void print_line(const json::object& object) { fmt::print("{}\n", base::to_json_text(object)); }

void print(const Entry& entry) {
  fmt::print("{:<16} {:<11} {:<24} {:>9.1f} MB{}\n", name_of(entry.published), entry.alias, text_of(entry, "created"),
             static_cast<double>(entry.bytes) / 1e6, entry.problem.empty() ? "" : "  " + entry.problem);
}

// "hybrid/3 (champion)" and what is known of it, a line each.
void print_all(const Entry& entry) {
  fmt::print("{}{}\n", name_of(entry.published), entry.alias.empty() ? "" : fmt::format(" ({})", entry.alias));
  const auto line = [](std::string_view name, std::string_view value) { fmt::print("  {:<12} {}\n", name, value); };
  line("files",
       fmt::format("{:.1f} MB in {}", static_cast<double>(entry.bytes) / 1e6, entry.published.folder.string()));
  if (!entry.problem.empty()) return line("problem", entry.problem);
  line("published", fmt::format("{} by version {}", text_of(entry, "created"), text_of(entry, "code_version")));
  line("learnt from", fmt::format("data {}, events until {}", text_of(entry, "data_fingerprint"),
                                  text_of(entry, "data_until", "an unknown time")));
  const json::value* parent = entry.manifest.if_contains("parent");
  const json::value* continued = entry.manifest.if_contains("continued");
  if (parent != nullptr && parent->is_int64()) {
    const bool went_on = continued != nullptr && continued->is_bool() && continued->get_bool();
    line("parent", fmt::format("{}/{}, {}", entry.published.id, parent->get_int64(),
                               went_on ? "from whose weights it went on" : "which was served then"));
  }
  for (const char* part : {"parameters", "metrics"}) {
    const json::value* values = entry.manifest.if_contains(part);
    if (values == nullptr || !values->is_object()) continue;
    for (const auto& [key, value] : values->get_object()) {
      if (!value.is_structured()) line(part, fmt::format("{} {}", std::string_view(key), base::to_json_text(value)));
    }
  }
}

// The versions that MODEL names: one, all of a model, or all there are.
Result<std::vector<Entry>> named(const Registry& models, const std::string& name) {
  std::vector<std::string> ids{name};
  if (name.find('/') != std::string::npos) {
    MLA_ASSIGN(const Published version, models.resolve(name, "champion"));
    MLA_ASSIGN(Entry entry, models.entry(version));
    return std::vector<Entry>{std::move(entry)};
  }
  if (name.empty()) {
    MLA_ASSIGN(ids, models.ids());
  }
  std::vector<Entry> all;
  for (const std::string& id : ids) {
    MLA_ASSIGN(const std::vector<Entry> entries, models.entries(id));
    all.insert(all.end(), entries.begin(), entries.end());
  }
  return all;
}

int list(const ModelsOptions& options, const Registry& models) {
  const auto entries = named(models, options.model);
  if (!entries.ok()) return refuse_or_fail(entries.error());
  for (const Entry& entry : *entries) {
    if (options.json) {
      print_line(object_of(entry, false));
    } else {
      print(entry);
    }
  }
  if (entries->empty()) fmt::print(stderr, "no model in '{}' yet: ml-analytics train\n", models.model_path().string());
  return kDone;
}

int show(const ModelsOptions& options, const Registry& models) {
  const auto version = models.resolve(options.model, "champion");
  if (!version.ok()) return refuse_or_fail(version.error());
  const auto entry = models.entry(*version);
  if (!entry.ok()) return refuse_or_fail(entry.error());
  if (options.json) {
    print_line(object_of(*entry, true));
  } else {
    print_all(*entry);
  }
  return kDone;
}

int verify(const ModelsOptions& options, const Registry& models) {
  const auto entries = named(models, options.model);
  if (!entries.ok()) return refuse_or_fail(entries.error());
  int worst = kDone;
  for (const Entry& entry : *entries) {
    if (stop_flag().cancelled()) return fail({base::ErrorCode::kCancelled, "stopped; not everything was verified"});
    const base::Status whole = models.verify(entry.published);
    if (!whole.ok()) worst = kWorkFailed;
    if (options.json) {
      json::object object = object_of(entry.published);
      object["whole"] = whole.ok();
      object["problem"] = whole.ok() ? json::value(nullptr) : json::value(whole.error().message);
      print_line(object);
    } else {
      fmt::print("{:<16} {}\n", name_of(entry.published), whole.ok() ? "whole" : whole.error().message);
    }
  }
  return worst;
}

int remove_old(const ModelsOptions& options, const Registry& models) {
  const auto removed = models.remove_old(options.model, options.keep);
  if (!removed.ok()) return refuse_or_fail(removed.error());
  for (const Published& version : *removed) {
    if (options.json) {
      print_line(object_of(version));
    } else {
      fmt::print("removed {}\n", name_of(version));
    }
  }
  if (removed->empty() && !options.json) fmt::print(stderr, "nothing to remove\n");
  return kDone;
}

int told(const ModelsOptions& options, const Published& champion) {
  if (options.json) {
    json::object object = object_of(champion);
    object["alias"] = "champion";
    print_line(object);
  } else {
    fmt::print("{} is champion; a running server takes over within two seconds\n", name_of(champion));
  }
  return kDone;
}

int compare(const ModelsOptions& options, const engine::Engine& engine, base::Work& work) {
  const auto champion = engine.models().resolve(options.model, "champion");
  if (!champion.ok()) return refuse_or_fail(champion.error());
  const auto challenger = engine.models().resolve(options.challenger, "challenger");
  if (!challenger.ok()) return refuse_or_fail(challenger.error());
  const auto comparison = engine.compare(*champion, *challenger, work);
  work.progress.end();
  if (!comparison.ok()) return fail(comparison.error());
  if (options.json) {
    json::object object{{"champion", name_of(*champion)}, {"challenger", name_of(*challenger)}};
    object["as_published"] = comparison->as_published;
    object["how"] = comparison->how;
    for (const auto& [key, value] : training::to_object(comparison->verdict)) object[key] = value;
    print_line(object);
  } else {
    fmt::print("{} as champion, {} as challenger: {}\n\n{}", name_of(*champion), name_of(*challenger), comparison->how,
               training::to_table(comparison->verdict));
  }
  return kDone;
}

// The gate, then an experiment that ends itself.
int start_canary(const ModelsOptions& options, const Published& version, engine::Engine& engine, base::Work& work) {
  if (!options.force) {
    if (const base::Status passed = engine.passes_gate(version, work); !passed.ok()) return fail(passed.error());
  }
  const auto started = engine.start_experiment({.name = "",
                                                .challenger = name_of(version),
                                                .percent = options.canary,
                                                .canary = true,
                                                .listeners = options.canary_listeners,
                                                .hours = options.canary_hours});
  if (!started.ok()) return refuse_or_fail(started.error());
  if (options.json) {
    json::object object = object_of(version);
    object["experiment"] = started->plan.name;
    print_line(object);
  } else {
    fmt::print(
        "{} is served to {:.4g} % of the listeners by a running server; see ml-analytics experiments report {}\n",
        name_of(version), options.canary, started->plan.name);
  }
  return kDone;
}

int promote(const ModelsOptions& options, engine::Engine& engine, base::Work& work) {
  const auto version = engine.models().resolve(options.model, "challenger");
  if (!version.ok()) return refuse_or_fail(version.error());
  if (options.canary > 0) return start_canary(options, *version, engine, work);
  const base::Status promoted = engine.promote(*version, options.force, work);
  return promoted.ok() ? told(options, *version) : fail(promoted.error());
}

int rollback(const ModelsOptions& options, engine::Engine& engine) {
  const auto champion = engine.models().rollback(options.model, engine.try_out());
  return champion.ok() ? told(options, *champion) : refuse_or_fail(champion.error());
}

}  // namespace

int run(const ModelsOptions& options) {
  const bool serves = options.action == ModelsAction::kPromote || options.action == ModelsAction::kRollback ||
                      options.action == ModelsAction::kCompare;
  if (serves) {  // what is to be served is tried out with what it will serve
    const auto program = Program::open(options.common);
    if (!program.ok()) return fail(program.error());
    engine::Engine& engine = (*program)->engine();
    if (options.action == ModelsAction::kRollback) return rollback(options, engine);
    base::ThreadPool pool((*program)->settings().performance.threads);
    const auto progress = base::make_terminal_progress();
    base::Work work{pool, *progress, stop_flag()};
    return options.action == ModelsAction::kPromote ? promote(options, engine, work) : compare(options, engine, work);
  }
  const auto configuration = configure(options.common);
  if (!configuration.ok()) return fail(configuration.error());
  const Registry models(configuration->settings.models.path);
  switch (options.action) {
    case ModelsAction::kShow:
      return show(options, models);
    case ModelsAction::kVerify:
      return verify(options, models);
    case ModelsAction::kRemoveOld:
      return remove_old(options, models);
    default:
      return list(options, models);
  }
}

}  // namespace mla::apps
