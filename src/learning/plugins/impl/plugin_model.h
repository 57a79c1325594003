#pragma once

#include <memory>
#include <string>
#include <vector>

#include "foundation/config/settings.h"
#include "learning/models/recommender.h"
#include "learning/plugins/impl/description.h"
#include "learning/plugins/impl/host_process.h"

namespace mla::plugins {

// A plugin that may be used.
struct Plugin {
  std::string path;    // where it was found, for people
  std::string sha256;  // of `bytes`
  std::string bytes;   // the library, as it was when its hash was looked at
  Description description;
  std::string host;          // the program whose process it runs in
  double score_seconds = 2;  // for the scores, or the reasons, of one listener
  double first_rest = 1;     // seconds for which a model is left alone after it was lost once
};

// A process with the plugin in it, and what it says of itself. kInternal if it is no plugin, or ends its process.
base::Result<HostProcess> start_plugin(const Plugin& plugin, Description* description = nullptr);

// A model of a plugin, `values` being those of its parameters in their order. It lives in a process of its own, which
// is started when it is needed and anew after it was lost; after each loss in a row it is left alone for twice as long,
// from `first_rest` to five minutes. Calls of several threads come one after the other. Where it does not answer,
// base::Failure is thrown (kInternal).
std::unique_ptr<models::Recommender> make_plugin_model(std::shared_ptr<const Plugin> plugin,
                                                       std::vector<double> values);

}  // namespace mla::plugins
