// Lets exceptions out, which plugin.h forbids.
#include <stdexcept>

#include "learning/plugins/plugin.h"

struct mla_plugin_model {};

namespace {

mla_plugin_model* create(const mla_plugin_callbacks* /*callbacks*/, const double* /*values*/) {
  return new mla_plugin_model;
}
void destroy(mla_plugin_model* model) { delete model; }
int fit(mla_plugin_model* /*model*/, const mla_plugin_training* training) {
  if (training->users > 2) throw std::runtime_error("too many people");
  if (training->users > 1) throw 42;
  return MLA_PLUGIN_OK;
}
int save(mla_plugin_model* /*model*/) { return MLA_PLUGIN_OK; }
int load(mla_plugin_model* /*model*/, const void* /*state*/, size_t /*size*/, int32_t /*items*/) {
  return MLA_PLUGIN_OK;
}
int32_t score(mla_plugin_model* /*model*/, const mla_plugin_history* history, float* scores, int32_t items) {
  if (history->count > 0) throw std::out_of_range("who is that");
  for (int32_t i = 0; i < items; ++i) scores[i] = static_cast<float>(i);
  return items;
}

const mla_plugin kPlugin = {MLA_PLUGIN_ABI, "throwing", "1",  "throws", nullptr, 0,      create,
                            destroy,        fit,        save, load,     score,   nullptr};

}  // namespace

const mla_plugin* mla_plugin_entry(uint32_t /*host_abi*/) { return &kPlugin; }
