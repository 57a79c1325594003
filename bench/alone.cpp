// What a single listener's own data tells: each of the first listeners of the LastFM sequences gets a catalogue of
// their own, as if nobody else were there; the last item is to be found among all items that were not played. There the
// listener's own popularity knows nothing (what is to be found is new), tags and sessions are all there is. The
// popularity of all listeners stands beside it as what the lonely one cannot know.
//   build/release/bench/alone ../shared/data/recsys/lastfm-seq [listeners, 300]
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/work.h"
#include "knowledge/catalog/import/byte_source.h"
#include "learning/models/validation/ranking.h"
#include "learning/training/evaluation.h"
#include "learning/training/trainer.h"

namespace mla::bench {
namespace {

constexpr base::UnixMillis kStart = 1'767'571'200'000;
constexpr base::UnixMillis kTrack = 240'000;  // the file has the order alone: four minutes each
constexpr std::size_t kAt = 10;

std::string read_all(const std::filesystem::path& path) {
  const auto source = catalog::open_source(path).value();
  std::string text;
  std::vector<char> block(1 << 16);
  for (;;) {
    const std::size_t size = source->read(block).value();
    if (size == 0) return text;
    text.append(block.data(), size);
  }
}

// "Item 17" is not called by its number, which tells when it first appeared.
std::string scattered(const std::string& id) { return fmt::format("{:016x}", std::hash<std::string>()(id)) + id; }

struct Sums {
  double hits = 0;
  double ndcg = 0;
  void add(std::span<const std::uint8_t> list_hits) {
    hits += std::count(list_hits.begin(), list_hits.end(), 1) > 0 ? 1 : 0;
    ndcg += models::ndcg(list_hits, 1, kAt);
  }
};

void run(const std::filesystem::path& folder, std::size_t listeners) {
  std::map<std::string, std::set<std::string>> tags;
  const std::string attributes = read_all(folder / "LastFM_item2attributes.json.gz");
  const boost::json::value parsed = boost::json::parse(attributes);
  for (const auto& [item, values] : parsed.as_object()) {
    for (const auto& value : values.as_array()) tags[std::string(item)].insert(fmt::format("{}", value.as_int64()));
  }
  std::vector<std::vector<std::string>> sequences;
  std::map<std::string, int> plays;
  std::istringstream lines(read_all(folder / "LastFM.txt.gz"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    std::vector<std::string> items;
    while (words >> word) items.push_back(word);
    for (std::size_t i = 0; i + 1 < items.size(); ++i) ++plays[items[i]];
    if (items.size() >= 3) sequences.push_back(std::move(items));
  }
  std::vector<std::string> catalogue;
  for (const auto& sequence : sequences) catalogue.insert(catalogue.end(), sequence.begin(), sequence.end());
  std::sort(catalogue.begin(), catalogue.end());
  catalogue.erase(std::unique(catalogue.begin(), catalogue.end()), catalogue.end());

  base::ThreadPool pool(0);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  Sums alone, own_popularity, all_popularity;
  const std::size_t count = std::min(listeners, sequences.size());
  for (std::size_t u = 0; u < count; ++u) {
    training::DatasetBuilder builder(false);
    for (const std::string& id : catalogue) {
      catalog::Item item;
      item.id = base::ItemId(scattered(id));
      for (const std::string& tag : tags[id]) item.tags.push_back({tag, 1});
      builder.add_item(item);
    }
    const auto& sequence = sequences[u];
    for (std::size_t i = 0; i + 1 < sequence.size(); ++i) {
      builder.add_event("me", scattered(sequence[i]), catalog::EventType::kListen, 1,
                        kStart + static_cast<base::UnixMillis>(i) * kTrack);
    }
    const training::TrainedModel model = training::train(builder.build(), "hybrid", {}, work).value();
    std::vector<models::HistoryEntry> history;
    const auto& data = model.dataset.data;
    std::vector<float> scores(static_cast<std::size_t>(data.items()));
    model.model->score(training::listener_of(data, 0, training::newest_time(data), history), scores);
    const auto heard = data.interactions.view().row_columns(0);
    const std::vector<std::int32_t> target = {*model.dataset.find_item(scattered(sequence.back()))};
    models::Ranker ranker(data.items());
    ranker.top(scores, heard, target, kAt);
    alone.add(ranker.hits());
    std::fill(scores.begin(), scores.end(), 0.0F);  // of what was not played
    ranker.top(scores, heard, target, kAt);
    own_popularity.add(ranker.hits());
    for (const std::string& id : catalogue) {
      scores[static_cast<std::size_t>(*model.dataset.find_item(scattered(id)))] = static_cast<float>(plays[id]);
    }
    ranker.top(scores, heard, target, kAt);
    all_popularity.add(ranker.hits());
  }
  const auto print = [&](const char* name, const Sums& sums) {
    fmt::print("{:<44} hr@{} {:.4f}  ndcg@{} {:.4f}\n", name, kAt, sums.hits / static_cast<double>(count), kAt,
               sums.ndcg / static_cast<double>(count));
  };
  fmt::print("{} listeners, each alone with {} items\n", count, catalogue.size());
  print("sessions and tags of the one listener", alone);
  print("popularity of the one listener", own_popularity);
  print("popularity of all listeners (not available)", all_popularity);
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: alone FOLDER [LISTENERS]\n");
    return 2;
  }
  mla::bench::run(argv[1], argc > 2 ? static_cast<std::size_t>(std::atoi(argv[2])) : 300);
}
