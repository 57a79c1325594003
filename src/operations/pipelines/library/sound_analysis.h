#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/tagging/tagger.h"
#include "operations/pipelines/archive/analyses.h"
#include "operations/pipelines/library/library_sounds.h"
#include "serving/analysis/worker.h"

namespace mla::pipelines {

// Who says genres and moods.
struct NamedTagger {
  const tagging::Tagger* tagger = nullptr;  // none: they stay empty
  std::string name;                         // TrackSound::tagger: differs between models
};

struct SoundOptions {
  int jobs = 1;  // worker processes at once
  analysis::WorkerOptions worker = {};
  Analyses* archive = nullptr;  // where full analyses are kept, too; nullptr: nowhere
};

struct SoundReport {
  std::size_t analysed = 0;                // problems too
  std::size_t changed = 0;                 // while they were analysed: the next scan knows them
  std::vector<std::string> problems = {};  // "path: why", a line each
  bool operator==(const SoundReport&) const = default;
};

// Analyses the files below `folder` (absolute, canonical) that LibrarySounds::missing names, in confined workers, and
// writes what they sound like as it comes, every second or so: whatever ends this, all written so far stays, and the
// next run goes on with the rest. A file that cannot be analysed is remembered with its problem and not tried again
// until it changes. Errors: those of the database, kInternal if no worker can be started, kCancelled.
base::Result<SoundReport> analyse_library(LibrarySounds& sounds, const std::string& folder, const NamedTagger& tagger,
                                          const SoundOptions& options, base::Work& work);

// The main results of an analysis with the keys of DESIGN 3.1 (analysis::Outcome). A worker is not trusted: what is of
// another type or out of its range stays empty, as does a vector of another version.
TrackSound to_sound(const boost::json::object& analysis);

}  // namespace mla::pipelines
