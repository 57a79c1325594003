// A recommender as a plugin: an item scores by how many listeners it shares with what was heard, and by how much it
// sounds like it.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "learning/plugins/plugin.h"

struct mla_plugin_model {
  mla_plugin_model(const mla_plugin_callbacks& callbacks, const double* values)
      : call(callbacks), exponent(values[0]), sound(values[1]) {}

  const mla_plugin_callbacks& call;
  const double exponent, sound;
  std::size_t items = 0;
  std::vector<float> alike;  // items × items: of (heard, scored)
};

namespace {

// Runs `work`; what it throws becomes the reason of the failure, because no exception may leave a plugin.
template <class Work>
int guarded(mla_plugin_model* model, const Work& work) {
  try {
    work();
    return MLA_PLUGIN_OK;
  } catch (const std::exception& error) {
    model->call.fail(model->call.host, error.what());
    return MLA_PLUGIN_FAILED;
  }
}

mla_plugin_model* create(const mla_plugin_callbacks* callbacks, const double* values) {
  try {
    return new mla_plugin_model(*callbacks, values);
  } catch (const std::exception& error) {
    callbacks->fail(callbacks->host, error.what());
    return nullptr;
  }
}

void destroy(mla_plugin_model* model) { delete model; }

// Cosine of two items' sounds, 0 where one is not known.
float sounds_alike(const mla_plugin_callbacks& call, std::size_t a, std::size_t b, std::int32_t dims) {
  const float* first = call.embedding(call.host, static_cast<std::int32_t>(a));
  const float* second = call.embedding(call.host, static_cast<std::int32_t>(b));
  if (first == nullptr || second == nullptr) return 0;
  float product = 0;
  for (std::int32_t i = 0; i < dims; ++i) product += first[i] * second[i];
  return product;
}

int fit(mla_plugin_model* model, const mla_plugin_training* training) {
  return guarded(model, [&] {
    const mla_plugin_callbacks& call = model->call;
    const std::size_t items = model->items = static_cast<std::size_t>(training->items);
    std::vector<float> shared(items * items);
    for (std::int32_t user = 0; user < training->users; ++user) {
      const mla_plugin_history history = call.history(call.host, user);
      for (std::int32_t a = 0; a < history.count; ++a) {
        for (std::int32_t b = 0; b < history.count; ++b)
          shared[static_cast<std::size_t>(history.items[a]) * items + static_cast<std::size_t>(history.items[b])] += 1;
      }
      call.progress(call.host, static_cast<std::uint64_t>(user) + 1, static_cast<std::uint64_t>(training->users));
    }
    model->alike.assign(items * items, 0.0F);
    double pairs = 0;
    for (std::size_t heard = 0; heard < items; ++heard) {
      for (std::size_t scored = 0; scored < items; ++scored) {
        const float listeners = shared[scored * items + scored];
        const float together = shared[heard * items + scored];
        pairs += together > 0 ? 1 : 0;
        const auto held_back = std::pow(std::max(listeners, 1.0F), static_cast<float>(model->exponent));
        model->alike[heard * items + scored] =
            together / held_back +
            static_cast<float>(model->sound) * sounds_alike(call, heard, scored, training->embedding_dims);
      }
    }
    call.metric(call.host, "pairs", pairs);
  });
}

int save(mla_plugin_model* model) {
  model->call.write(model->call.host, model->alike.data(), model->alike.size() * sizeof(float));
  return MLA_PLUGIN_OK;
}

int load(mla_plugin_model* model, const void* state, size_t size, int32_t items) {
  return guarded(model, [&] {
    model->items = static_cast<std::size_t>(items);
    if (size != model->items * model->items * sizeof(float)) throw std::length_error("the state has another size");
    model->alike.resize(model->items * model->items);
    if (size > 0) std::memcpy(model->alike.data(), state, size);
  });
}

float alike(const mla_plugin_model& model, std::int32_t heard, std::int32_t scored) {
  return model.alike[static_cast<std::size_t>(heard) * model.items + static_cast<std::size_t>(scored)];
}

int32_t score(mla_plugin_model* model, const mla_plugin_history* history, float* scores, int32_t items) {
  for (std::int32_t item = 0; item < items; ++item) {
    scores[item] = 0;
    for (std::int32_t i = 0; i < history->count; ++i) scores[item] += alike(*model, history->items[i], item);
  }
  return items;
}

int explain(mla_plugin_model* model, const mla_plugin_history* history, int32_t item, float* raised) {
  for (std::int32_t i = 0; i < history->count; ++i) raised[i] = alike(*model, history->items[i], item);
  return MLA_PLUGIN_OK;
}

const mla_plugin_parameter kParameters[] = {
    {"exponent", "how much popular items are held back", 0.5, 0, 2, 0},
    {"sound", "what sounding alike is worth", 0, 0, 100, 0},
};

const mla_plugin kPlugin = {
    .abi = MLA_PLUGIN_ABI,
    .name = "together_plugin",
    .version = "1.0",
    .description = "how many listeners two items share, and how alike they sound",
    .parameters = kParameters,
    .parameter_count = 2,
    .create = create,
    .destroy = destroy,
    .fit = fit,
    .save = save,
    .load = load,
    .score = score,
    .explain = explain,
};

}  // namespace

const mla_plugin* mla_plugin_entry(uint32_t /*host_abi*/) { return &kPlugin; }
