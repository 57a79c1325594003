// What an answer costs by where it comes from, what a rate limit costs, and what a Redis that hangs costs, inside the
// program, on one thread, of 2,000 made-up listeners. The times are of the clock on the wall.
// Usage: tools/redis.py build/release/bench/cache_bench; without tools/redis.py nothing is said of Redis.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "adapters/redis/redis.h"
#include "adapters/sqlite/sqlite.h"
#include "foundation/base/clock.h"
#include "foundation/base/log.h"
#include "foundation/base/random.h"
#include "front/engine/engine.h"
#include "operations/security/rate_limiter.h"

namespace {

using namespace mla;

constexpr int kListeners = 2000;
constexpr int kItems = 5000;
constexpr int kEach = 40;  // events of a listener

// Calls `once(i)` for all i below `times` and prints how long one took.
void print_times(const char* what, int times, const std::function<void(int)>& once) {
  std::vector<double> spent;
  for (int i = 0; i < times; ++i) {
    const double begin = base::monotonic_seconds();
    once(i);
    spent.push_back(1e6 * (base::monotonic_seconds() - begin));
  }
  std::sort(spent.begin(), spent.end());
  fmt::print("{:<44} median {:>8.1f} us  p99 {:>8.1f} us  most {:>8.1f} us\n", what, spent[spent.size() / 2],
             spent[spent.size() * 99 / 100], spent.back());
}

base::UserId listener(int i) { return base::UserId(fmt::format("u{}", i)); }

void fill(engine::Engine& engine) {
  base::Random random(1);
  std::vector<catalog::Item> items;
  for (int i = 0; i < kItems; ++i) {
    catalog::Item item;
    item.id = base::ItemId(fmt::format("i{}", i));
    item.title = fmt::format("A song of number {}", i);
    item.artist = fmt::format("Artist {}", i / 10);
    item.album = fmt::format("Album {}", i / 10);
    items.push_back(std::move(item));
  }
  engine.put_tracks(items).value();
  std::vector<catalog::Event> events;
  for (int user = 0; user < kListeners; ++user) {
    const auto home = static_cast<int>(random.next() % kItems);  // listeners differ, and neighbours are alike
    for (int i = 0; i < kEach; ++i) {
      catalog::Event event;
      event.user = listener(user);
      event.item = base::ItemId(fmt::format("i{}", (home + static_cast<int>(random.next() % 200)) % kItems));
      events.push_back(std::move(event));
    }
  }
  engine.add_events(events, "bench").value();
  base::ThreadPool pool(2);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  engine::TrainRequest train;
  train.algorithm = "item_knn";
  engine.train(train, work).value();
}

void ask(const engine::Engine& engine, const base::UserId& user, int limit = 20) {
  recommend::Request request;
  request.user = user;
  request.limit = limit;
  engine.recommend(request).value();
}

// What an engine keeps beside its answers: opinions about listeners, and facts of items.
void get_ready(const engine::Engine& engine) {
  for (int i = 0; i < kListeners; ++i) ask(engine, listener(i), 5);
}

void put_row(store::Connection& connection, int i) {
  static const std::string bytes(4000, 'x');
  store::Statement* insert = connection.prepare("INSERT INTO answers (key, bytes) VALUES (?, ?)").value();
  insert->bind(1, fmt::format("{:0>100}", i));
  insert->bind(2, bytes);
  insert->step().value();
}

// A database as a tier of the cache: rows as large as an answer, one transaction each, as they would come, or many in
// one, as they would be written by and by.
void print_database(store::Database& database) {
  const store::Lease connection = database.acquire().value();
  connection->execute("CREATE TABLE answers (key TEXT PRIMARY KEY, bytes TEXT NOT NULL)").value();
  print_times("a row of the database, written", 500, [&](int i) {
    store::Transaction transaction = store::Transaction::start(*connection).value();
    put_row(*connection, i);
    transaction.commit().value();
  });
  print_times("100 rows in one transaction", 50, [&](int i) {
    store::Transaction transaction = store::Transaction::start(*connection).value();
    for (int k = 0; k < 100; ++k) put_row(*connection, 500 + 100 * i + k);
    transaction.commit().value();
  });
  print_times("a row of the database, read", kListeners, [&](int i) {
    store::Statement* find = connection->prepare("SELECT bytes FROM answers WHERE key = ?").value();
    find->bind(1, fmt::format("{:0>100}", i % 500));
    find->step().value();
    find->reset();
  });
}

void print_limit(const char* what, security::RateLimiter& limiter, int times) {
  print_times(what, times, [&](int i) { limiter.take(fmt::format("principal:{}", i), {}); });
}

// Until the breaker is closed: on a machine that is busy three questions in a row may be late.
void await(redis::Redis& redis) {
  while (!redis.answers().problem().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

// Says so where the row above is not about Redis, because the breaker opened meanwhile.
void tell_if_away(redis::Redis& redis) {
  if (!redis.answers().problem().empty()) fmt::print("  (the breaker has opened: {})\n", redis.answers().problem());
}

void print_redis(const std::string& url, int process, store::Database& database, const config::Settings& settings) {
  const base::SystemClock clock;
  const auto redis = redis::Redis::open(url, {.scope = "bench"}).value();
  const auto open = [&] { return engine::Engine::open(settings, database, clock, nullptr, &redis->answers()).value(); };
  const auto maker = open();
  get_ready(*maker);
  await(*redis);
  print_times("an answer made, looked for and put in Redis", kListeners, [&](int i) { ask(*maker, listener(i)); });
  tell_if_away(*redis);
  std::this_thread::sleep_for(std::chrono::seconds(1));  // what was put by and by is there
  const auto finder = open();
  await(*redis);
  print_times("an answer found in Redis", kListeners, [&](int i) { ask(*finder, listener(i)); });
  tell_if_away(*redis);
  print_times("the same answer in memory", kListeners, [&](int i) { ask(*finder, listener(i)); });
  const auto limiter = redis->limiter(std::make_unique<security::MemoryRateLimiter>());
  await(*redis);
  print_limit("a request counted in Redis", *limiter, kListeners);
  tell_if_away(*redis);
  if (process == 0) return;
  const auto late = open();
  get_ready(*late);
  await(*redis);
  ::kill(process, SIGSTOP);
  print_times("Redis hangs: the first five answers", 5, [&](int i) { ask(*late, listener(i)); });
  print_times("Redis hangs: the breaker is open, an answer", 1000, [&](int i) { ask(*late, listener(i + 5)); });
  print_limit("Redis hangs: the breaker is open, a limit", *limiter, kListeners);
  ::kill(process, SIGCONT);
}

void run(const std::filesystem::path& folder) {
  const auto database = sqlite::open((folder / "bench.db").string()).value();
  const base::SystemClock clock;
  config::Settings settings;
  settings.models.path = (folder / "models").string();
  settings.cache.memory_entries = 4 * kListeners;
  const auto engine = engine::Engine::open(settings, *database, clock).value();
  fill(*engine);
  get_ready(*engine);
  print_times("an answer made", kListeners, [&](int i) { ask(*engine, listener(i)); });
  print_times("an answer found in memory", kListeners, [&](int i) { ask(*engine, listener(i)); });
  print_times("a listener whom nobody knows", 1000, [&](int i) { ask(*engine, base::UserId(fmt::format("n{}", i))); });
  print_times("the same from memory", 1000, [&](int i) { ask(*engine, base::UserId(fmt::format("n{}", i))); });
  print_times("a track that nobody knows, refused", 1000, [&](int i) {
    if (engine->similar({.tracks = {fmt::format("unknown {}", i)}}).ok()) std::abort();
  });
  print_database(*database);
  security::MemoryRateLimiter limiter;
  print_limit("a request counted in memory", limiter, kListeners);
  const char* url = std::getenv("MLA_TEST_REDIS");
  const char* process = std::getenv("MLA_TEST_REDIS_PID");
  if (url == nullptr) return fmt::print("no Redis: run it as tools/redis.py {}\n", "build/release/bench/cache_bench");
  print_redis(url, process == nullptr ? 0 : std::atoi(process), *database, settings);
}

}  // namespace

int main() {
  base::log::set_level(base::log::Level::kOff);
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("mla_cache_bench_{}", ::getpid());
  std::filesystem::create_directories(folder);
  int rc = 0;
  try {
    run(folder);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    rc = 1;
  }
  std::filesystem::remove_all(folder);
  return rc;
}
