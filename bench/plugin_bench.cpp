// What a plugin's process costs: a question of one listener to the plugin of examples/plugin, from asking to having the
// scores, by catalogue size; and how long its process takes to start. No arguments.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "foundation/artifact/digest.h"
#include "foundation/base/file.h"
#include "foundation/base/work.h"
#include "learning/models/algorithms.h"
#include "learning/plugins/host.h"
#include "learning/plugins/plugins.h"

namespace {

using namespace mla;
using Clock = std::chrono::steady_clock;

// Median of the calls, in microseconds.
double median_time(int times, const std::function<void()>& call) {
  std::vector<double> taken;
  for (int i = 0; i < times; ++i) {
    const auto begin = Clock::now();
    call();
    taken.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  std::sort(taken.begin(), taken.end());
  return taken[taken.size() / 2];
}

// Each listener plays five items in a row.
models::TrainingData plays(std::int32_t items) {
  std::vector<math::Triplet> triplets;
  const std::int32_t users = std::max(items / 5, 1);
  for (std::int32_t user = 0; user < users; ++user) {
    for (std::int32_t i = 0; i < std::min(items, 5); ++i) triplets.push_back({user, (5 * user + i) % items, 1});
  }
  models::TrainingData data;
  data.interactions = math::make_csr(users, items, triplets);
  return data;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == plugins::kHostWord) plugins::host_main(plugins::kHostSocket);
  const std::string path = MLA_EXAMPLE_PLUGIN;
  const std::string bytes = base::read_file(path, 1 << 28).value();
  config::PluginSettings settings;
  settings.allowed = {artifact::sha256(std::as_bytes(std::span(bytes))) + "  " + path};
  plugins::register_plugins(settings).value();
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  fmt::print("| items | µs a question, median of 2000 |\n|---|---|\n");
  for (const std::int32_t items : {1, 1000, 5000}) {
    const auto model = models::make_recommender("together_plugin", {}).value();
    model->fit(plays(items), work).value();
    const std::vector<models::HistoryEntry> history = {{0, 1.0F}};
    std::vector<float> scores(static_cast<std::size_t>(items));
    fmt::print("| {} | {:.0f} |\n", items, median_time(2000, [&] { model->score({history}, scores); }));
  }
  fmt::print("a process with a model that learns from one item: {:.0f} ms, median of 21\n",
             median_time(21, [&] {
               models::make_recommender("together_plugin", {}).value()->fit(plays(1), work).value();
             }) / 1000);
}
