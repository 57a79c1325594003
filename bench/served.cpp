#include "bench/served.h"

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/sqlite/sqlite.h"
#include "knowledge/catalog/import/importer.h"
#include "learning/training/sources.h"
#include "learning/training/trainer.h"

namespace mla::bench {

Collection load_collection(const std::string& kind, const std::filesystem::path& path, base::Work& work) {
  const auto database = sqlite::open("sqlite://").value();
  catalog::Catalog store = catalog::Catalog::open(*database).value();
  catalog::ImportOptions options;
  options.rejects_folder = std::filesystem::temp_directory_path();
  catalog::import_path(*catalog::find_importer(kind).value(), path, options, store, work).value();
  Collection collection;
  store
      .for_each_item([&](const catalog::Item& item) {
        collection.items.push_back(item);
        return base::Status();
      })
      .value();
  store
      .for_each_event([&](const catalog::Event& event) {
        collection.events.push_back(event);
        return base::Status();
      })
      .value();
  return collection;
}

Served::Served(const Collection& collection, const std::string& algorithm, base::Work& work)
    : folder_(std::filesystem::temp_directory_path() / fmt::format("mla-bench-{}", ::getpid())),
      database_(sqlite::open("sqlite://").value()),
      catalog_(catalog::Catalog::open(*database_).value()) {
  catalog_->put_items(collection.items).value();
  catalog_->add_events(collection.events, "bench").value();
  const training::TrainedModel trained =
      training::train(training::load_catalog(*catalog_, work).value(), algorithm, {}, work).value();
  lines_ = trained.lines;
  artifact::Writer writer;
  training::save_bundle(trained, writer).value();
  artifact::Description description;
  description.id = algorithm;
  description.model_type = "recommendation";
  const artifact::Published published = artifact::publish(folder_, description, writer).value();
  bundle_ = training::load_bundle(artifact::Reader::open(published.folder).value()).value();
  facts_ = std::make_unique<recommend::FactsCache>(*catalog_, bundle_);
}

Served::~Served() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<base::UserId> Served::users() const {
  std::vector<base::UserId> users;
  catalog_
      ->for_each_event([&](const catalog::Event& event) {
        if (users.empty() || users.back() != event.user) users.push_back(event.user);
        return base::Status();
      })
      .value();
  return users;
}

recommend::Answer Served::ask(const recommend::Request& request, base::UnixMillis now) {
  return recommend::recommend(request, *catalog_, bundle_, *bundle_.model, *facts_, opinions_, {}, now).value();
}

}  // namespace mla::bench
