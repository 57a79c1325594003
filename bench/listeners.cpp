// Prints what an answer costs the processor for listeners of all kinds, on the demo: nobody knows them, one event,
// 100,000 events, dislikes alone. First questions, one thread, median of 9. Usage: listeners [threads to train with]
#include <algorithm>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>

#include "bench/served.h"
#include "foundation/base/random.h"

namespace mla::bench {
namespace {

double thread_milliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e6;
}

void add(Collection& collection, const std::string& user, int events, catalog::EventType type, base::UnixMillis now) {
  base::Random random(7);
  for (int i = 0; i < events; ++i) {
    catalog::Event event;
    event.user = base::UserId(user);
    event.item = collection.items[random.below(collection.items.size())].id;
    event.type = type;
    event.time = now - (static_cast<base::UnixMillis>(i) + 1) * 60'000;
    collection.events.push_back(event);
  }
}

void run(int threads) {
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  Collection collection = load_collection("demo", "", work);
  base::UnixMillis now = 0;
  for (const catalog::Event& event : collection.events) now = std::max(now, event.time.value_or(0));
  add(collection, "one event", 1, catalog::EventType::kListen, now);
  add(collection, "100,000 events", 100'000, catalog::EventType::kListen, now);
  add(collection, "dislikes alone", 20, catalog::EventType::kDislike, now);
  Served served(collection, "hybrid", work);
  for (const char* user : {"nobody", "one event", "100,000 events", "dislikes alone"}) {
    std::vector<double> spent;
    std::size_t given = 0;
    for (int day = 0; day < 9; ++day) {  // another day is another question: nothing is remembered
      recommend::Request request;
      request.user = base::UserId(user);
      const double start = thread_milliseconds();
      given = served.ask(request, now + day * base::kMillisPerDay).recommendations.size();
      spent.push_back(thread_milliseconds() - start);
    }
    std::sort(spent.begin(), spent.end());
    fmt::print("{:<16} {:>3} recommendations  {:.2f} ms\n", user, given, spent[spent.size() / 2]);
  }
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  try {
    mla::bench::run(argc > 1 ? std::atoi(argv[1]) : 0);
  } catch (const mla::base::Failure& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
  return 0;
}
