// engine-example FOLDER: listens go into a database in FOLDER, our hybrid and a model of one's own (together.h) are
// learnt from them, and a listener asks both.
// Twenty-four listeners of two kinds, eight songs each kind; "ana" has heard two of the second kind.
#include <cstdio>
#include <future>
#include <string>
#include <vector>

#include "adapters/sqlite/sqlite.h"
#include "foundation/base/log.h"
#include "foundation/config/load.h"
#include "front/engine/engine.h"
#include "together.h"

namespace {

using namespace mla;

std::vector<catalog::Event> listens() {
  std::vector<catalog::Event> events;
  const auto listen = [&](const std::string& user, const std::string& kind, int song) {
    catalog::Event event;
    event.user = base::UserId(user);
    event.item = base::ItemId(kind + " " + std::to_string(song));
    events.push_back(event);
  };
  for (int u = 0; u < 24; ++u) {
    for (int song = 0; song < 8; ++song) {
      if ((u / 2 + song) % 4 != 0) listen("user " + std::to_string(u), u % 2 == 0 ? "fado" : "techno", song);
    }
  }
  listen("ana", "techno", 0);
  listen("ana", "techno", 1);
  return events;
}

base::Status example(const std::string& folder) {
  config::Layers layers;
  layers.overrides = {{"models.path", folder + "/models"}};
  MLA_ASSIGN(const config::Configuration configuration, config::load(layers));
  base::log::set_level(base::log::Level::kWarning);
  MLA_ASSIGN(const auto database, sqlite::open(folder + "/example.db"));
  const base::SystemClock clock;
  MLA_ASSIGN(const auto engine, Engine::open(configuration.settings, *database, clock));

  MLA_ASSIGN(const catalog::WriteCounts written, engine->add_events(listens(), "example"));
  std::printf("%lld events written\n", static_cast<long long>(written.added));

  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  MLA_CHECK(engine->register_model(Together::algorithm()));
  for (const char* algorithm : {"hybrid", "together"}) {
    engine::TrainRequest training;
    training.algorithm = algorithm;
    MLA_ASSIGN(const engine::TrainReport report, engine->train(training, work));
    std::printf("%s answers from now on\n", report.model.c_str());

    recommend::Request request;
    request.user = base::UserId("ana");
    request.algorithm = algorithm;
    request.limit = 5;
    // Not waited for: the answer is made on a thread of the engine's.
    std::future<base::Result<recommend::Answer>> later = engine->recommend_async(request);
    MLA_ASSIGN(const recommend::Answer answer, later.get());
    for (const recommend::Recommendation& one : answer.recommendations) {
      std::printf("%.2f  %-10s %s\n", one.confidence_score, one.track_id.str().c_str(),
                  one.recommendation_reason.c_str());
    }
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: engine-example FOLDER\n");
    return 2;
  }
  const base::Status status = example(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "engine-example: %s\n", status.error().message.c_str());
  return status.ok() ? 0 : 1;
}
