#pragma once

#include "foundation/base/result.h"
#include "foundation/config/settings.h"

// Recommenders in shared libraries (plugin.h, docs/plugins.md).
namespace mla::plugins {

// Makes the plugins that are allowed known by their names (models::register_algorithm), for all engines of this process
// and until it ends; those that are known already are left. Nothing of a plugin runs in this process: it is read, its
// hash compared, and these very bytes are handed to processes of its own, now to say what it is and later for each
// model. The message names the plugin and says what to do. Errors: kInvalidArgument for an entry that is no hash and
// path, or a name that is taken; kNotFound, kPermission (anybody may write to it), kUnsupported (no file); kCorrupt if
// the hash is another; kInternal if it is no plugin, made for another ABI, or ends its process. Thread-safe.
base::Status register_plugins(const config::PluginSettings& settings);

}  // namespace mla::plugins
