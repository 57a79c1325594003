#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/work.h"
#include "knowledge/catalog/catalog.h"
#include "learning/training/model_bundle.h"
#include "serving/recommend/recommend.h"

namespace mla::bench {

// What an importer made: items, and events by user and time.
struct Collection {
  std::vector<catalog::Item> items;
  std::vector<catalog::Event> events;
};

// Through the importer `kind` ("lastfm-hetrec", "demo"). Throws base::Failure.
Collection load_collection(const std::string& kind, const std::filesystem::path& path, base::Work& work);

// A catalogue in memory and the model trained from it, published and loaded as a server does. Throws base::Failure.
class Served {
 public:
  Served(const Collection& collection, const std::string& algorithm, base::Work& work);
  ~Served();
  Served(const Served&) = delete;

  const catalog::Catalog& catalog() const { return *catalog_; }
  const training::Bundle& bundle() const { return bundle_; }
  const std::vector<std::string>& lines() const { return lines_; }
  std::vector<base::UserId> users() const;
  // Asks as the server does.
  recommend::Answer ask(const recommend::Request& request, base::UnixMillis now);

 private:
  std::filesystem::path folder_;
  std::unique_ptr<store::Database> database_;
  std::optional<catalog::Catalog> catalog_;
  std::vector<std::string> lines_;
  training::Bundle bundle_;
  std::unique_ptr<recommend::FactsCache> facts_;
  recommend::OpinionCache opinions_;
};

}  // namespace mla::bench
