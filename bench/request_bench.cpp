// What one question costs the processor, inside the program: each listener is asked about once (first questions) and
// then once more (unchanged listeners), on one thread. Usage: request_bench USERS [limit = 20]
// USERS: a file with an id a line. DATABASE_URL and ML_MODEL_PATH say what is served, as for the program.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>

#include "adapters/sqlite/sqlite.h"
#include "foundation/base/clock.h"
#include "foundation/base/log.h"
#include "foundation/config/load.h"
#include "front/engine/engine.h"
#include "front/http/dto.h"

namespace {

using namespace mla;

double thread_milliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e6;
}

void ask(const engine::Engine& engine, const std::vector<std::string>& users, int limit, const char* what) {
  std::vector<double> spent;
  double total = 0;
  for (const std::string& user : users) {
    recommend::Request request;
    request.user = base::UserId(user);
    request.limit = limit;
    const double start = thread_milliseconds();
    const recommend::Answer answer = engine.recommend(request).value();
    const std::size_t bytes = http::to_json_text(answer, "").size();
    spent.push_back(thread_milliseconds() - start + (bytes == 0 ? 1 : 0));
    total += spent.back();
  }
  std::sort(spent.begin(), spent.end());
  fmt::print("{:<22} {:>6} users  median {:.3f} ms  mean {:.3f} ms  p99 {:.3f} ms\n", what, users.size(),
             spent[spent.size() / 2], total / static_cast<double>(users.size()), spent[spent.size() * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: request_bench USERS [limit]\n");
    return 2;
  }
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // or rows of scores are given back each time; the program has jemalloc
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  base::log::set_level(base::log::Level::kWarning);
  std::vector<std::string> users;
  std::ifstream file(argv[1]);
  for (std::string line; std::getline(file, line);) users.push_back(line);
  if (users.empty()) {
    fmt::print(stderr, "'{}' holds no user\n", argv[1]);
    return 1;
  }
  try {
    const config::Configuration configuration = config::load({}).value();
    const auto address = config::parse_database_url(configuration.settings.database.url).value();
    const auto database = sqlite::open(address.location).value();
    const base::SystemClock clock;
    const auto engine = engine::Engine::open(configuration.settings, *database, clock).value();
    const int limit = argc > 2 ? std::atoi(argv[2]) : 20;
    ask(*engine, users, limit, "first question");
    ask(*engine, users, limit, "unchanged listener");
  } catch (const base::Failure& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
  return 0;
}
