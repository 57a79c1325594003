#include "serving/analysis/batch.h"

#include <algorithm>
#include <memory>

#include <poll.h>
#include <unistd.h>

#include "foundation/base/clock.h"
#include "knowledge/audio/decode/source.h"

namespace mla::analysis {
namespace {

// A worker is replaced after so many files: what a decoder leaks or a file may have left behind ends there.
constexpr int kFilesAWorker = 2000;

struct Slot {
  std::unique_ptr<Worker> worker;
  std::size_t file = 0;
};

Outcome refused(const base::Error& error) {
  Outcome outcome;
  outcome.error = FileError{std::string(base::to_string(error.code)), error.message};
  return outcome;
}

}  // namespace

base::Status analyze_files(const std::vector<std::filesystem::path>& files, const BatchOptions& options,
                           base::Progress& progress, const base::CancelFlag& cancel,
                           const std::function<bool(std::size_t, Outcome)>& done) {
  std::vector<Slot> slots(std::min(files.size(), static_cast<std::size_t>(std::max(1, options.jobs))));
  std::size_t next = 0;
  std::size_t finished = 0;
  const auto report = [&](std::size_t file, Outcome outcome) {
    ++finished;
    progress.advance(1);
    return done(file, std::move(outcome));
  };
  // Hands the next file that can be opened to the slot.
  const auto feed = [&](Slot& slot) -> base::Result<bool> {
    while (next < files.size()) {
      const std::size_t file = next++;
      const auto descriptor = audio::open_regular_file(files[file]);
      if (!descriptor.ok()) {
        if (!report(file, refused(descriptor.error()))) return false;
        continue;
      }
      if (!slot.worker || !slot.worker->alive() || slot.worker->files_done() >= kFilesAWorker) {
        slot.worker.reset();
        auto started = Worker::start(options.worker);
        if (!started.ok()) return std::move(started).error();
        slot.worker = std::move(started).value();
      }
      slot.file = file;
      slot.worker->submit(descriptor->get(), files[file].string(), options.wanted);
      return true;
    }
    return true;
  };

  for (Slot& slot : slots) {
    MLA_ASSIGN(const bool go_on, feed(slot));
    if (!go_on) return {};
  }
  while (finished < files.size()) {
    if (cancel.cancelled()) return base::Error{base::ErrorCode::kCancelled, "cancelled"};
    std::vector<::pollfd> waiting;
    for (const Slot& slot : slots) {
      if (slot.worker && slot.worker->busy()) waiting.push_back({slot.worker->descriptor(), POLLIN, 0});
    }
    ::poll(waiting.data(), waiting.size(), 100);
    for (Slot& slot : slots) {
      if (!slot.worker || !slot.worker->busy()) continue;
      auto outcome = slot.worker->collect();
      if (!outcome) continue;
      const std::size_t file = slot.file;
      // The worker goes on with the next file while this one's result is written.
      MLA_ASSIGN(const bool go_on, feed(slot));
      if (!report(file, std::move(*outcome)) || !go_on) return {};
    }
  }
  return {};
}

}  // namespace mla::analysis
