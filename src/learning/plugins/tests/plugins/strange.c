/* A recommender of what most listeners play, which does one thing wrong if its parameter says so. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "learning/plugins/plugin.h"

#ifndef TEST_ABI
#define TEST_ABI MLA_PLUGIN_ABI
#endif
#ifndef TEST_NAME
#define TEST_NAME "strange"
#endif

enum {
  kGood = 0,
  kFitFails = 1,
  kFitCrashes = 2,
  kFitHangs = 3,
  kNotMade = 4,
  kSaveFails = 5,
  kLoadFails = 6,
  kScoreFails = 7,
  kScoreHangs = 8,
  kScoreCrashes = 9,
  kScoresNan = 10,
  kTooFew = 11,
  kTooMany = 12, /* writes them, too */
  kExits = 13,
  kHangsUp = 14, /* closes the socket and goes on */
  kGarbage = 15, /* writes to the socket */
  kCrashesOnItem1 = 16,
  kExplainFails = 17,
  kFailsSilently = 18,
  kChatters = 19, /* metrics and lines that are none */
  kFloods = 20,   /* never stops to say empty lines */
};

struct mla_plugin_model {
  const mla_plugin_callbacks* callbacks;
  int behaviour;
  double weight;
  int32_t items;
  float* counts;
};

static mla_plugin_model* create(const mla_plugin_callbacks* callbacks, const double* values) {
  mla_plugin_model* model = calloc(1, sizeof *model);
  model->callbacks = callbacks;
  model->behaviour = (int)values[0];
  model->weight = values[1];
  if (model->behaviour != kNotMade) return model;
  callbacks->fail(callbacks->host, "no room for it");
  free(model);
  return NULL;
}

static void destroy(mla_plugin_model* model) {
  free(model->counts);
  free(model);
}

static int failed(const mla_plugin_model* model, const char* why) {
  model->callbacks->fail(model->callbacks->host, why);
  return MLA_PLUGIN_FAILED;
}

static void hang(void) {
  for (;;) pause();
}

/* Empty lines by the thousand, faster than anybody reads them. */
static void flood(void) {
  static struct {
    uint32_t magic, kind;
    uint64_t bytes;
  } lines[4096];
  for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
    lines[i].magic = 0x50414C4D;
    lines[i].kind = 103;
  }
  while (write(3, lines, sizeof lines) > 0) {
  }
}

static int fit(mla_plugin_model* model, const mla_plugin_training* training) {
  const mla_plugin_callbacks* call = model->callbacks;
  double heard = 0, sounds = 0, artists = 0, timed = 0;
  if (model->behaviour == kFitFails) return failed(model, "the moon is in the wrong place");
  if (model->behaviour == kFailsSilently) return MLA_PLUGIN_FAILED;
  if (model->behaviour == kFitCrashes) raise(SIGSEGV);
  if (model->behaviour == kFitHangs) hang();
  free(model->counts);
  model->items = training->items;
  model->counts = calloc((size_t)training->items + 1, sizeof *model->counts);
  for (int32_t user = 0; user < training->users; ++user) {
    const mla_plugin_history history = call->history(call->host, user);
    call->progress(call->host, (uint64_t)user, (uint64_t)training->users);
    for (int32_t i = 0; i < history.count; ++i) {
      model->counts[history.items[i]] += (float)model->weight * history.weights[i];
      heard += history.weights[i];
      timed += history.times[i] > 0;
    }
  }
  for (int32_t item = 0; item < training->items; ++item) {
    const float* embedding = call->embedding(call->host, item);
    if (embedding != NULL) sounds += embedding[training->embedding_dims - 1];
    artists += call->artist(call->host, item);
  }
  call->metric(call->host, "heard", heard);
  call->metric(call->host, "sounds", sounds);
  call->metric(call->host, "artists", artists);
  call->metric(call->host, "timed", timed);
  call->metric(call->host, "outside",
               call->history(call->host, training->users).count + call->artist(call->host, -1) +
                   (call->embedding(call->host, -1) != NULL));
  call->log(call->host, "counted");
  if (model->behaviour == kChatters) {
    char name[3] = "a0";
    call->metric(call->host, "nothing", NAN);
    call->metric(call->host, NULL, 1);
    call->log(call->host, "two\nlines \xff");
    call->log(call->host, NULL);
    for (int i = 0; i < 200; ++i) {
      name[0] = (char)('a' + i / 10);
      name[1] = (char)('0' + i % 10);
      call->metric(call->host, name, i);
    }
  }
  return MLA_PLUGIN_OK;
}

static int save(mla_plugin_model* model) {
  const mla_plugin_callbacks* call = model->callbacks;
  if (model->behaviour == kSaveFails) return failed(model, "nothing to write on");
  call->write(call->host, "SUMS", 4);
  call->write(call->host, model->counts, (size_t)model->items * sizeof *model->counts);
  return MLA_PLUGIN_OK;
}

static int load(mla_plugin_model* model, const void* state, size_t size, int32_t items) {
  if (model->behaviour == kLoadFails) return failed(model, "cannot read this any more");
  if (size != 4 + (size_t)items * sizeof(float) || memcmp(state, "SUMS", 4) != 0)
    return failed(model, "the state is of another plugin");
  free(model->counts);
  model->items = items;
  model->counts = calloc((size_t)items + 1, sizeof *model->counts);
  memcpy(model->counts, (const char*)state + 4, size - 4);
  return MLA_PLUGIN_OK;
}

static int32_t score(mla_plugin_model* model, const mla_plugin_history* history, float* scores, int32_t items) {
  static const char nonsense[64] = "what?";
  switch (model->behaviour) {
    case kScoreFails:
      return failed(model, "out of ideas"), -1;
    case kScoreHangs:
      hang();
      break;
    case kFloods:
      flood();
      break;
    case kScoreCrashes:
      raise(SIGSEGV);
      break;
    case kExits:
      _exit(3);
    case kHangsUp:
      close(3);
      hang();
      break;
    case kGarbage:
      if (write(3, nonsense, sizeof nonsense) < 0) return -1;
      break;
    case kCrashesOnItem1:
      if (history->count > 0 && history->items[0] == 1) raise(SIGSEGV);
      break;
    default:
      break;
  }
  memcpy(scores, model->counts, (size_t)items * sizeof *scores);
  if (model->behaviour == kScoresNan && items > 0) scores[0] = NAN;
  if (model->behaviour == kTooFew) return items - 1;
  if (model->behaviour == kTooMany) {
    for (int32_t i = 0; i < 100; ++i) scores[items + i] = 1;
    return items + 100;
  }
  return items;
}

static int explain(mla_plugin_model* model, const mla_plugin_history* history, int32_t item, float* raised) {
  if (model->behaviour == kExplainFails) return failed(model, "just because");
  for (int32_t i = 0; i < history->count; ++i)
    raised[i] = history->items[i] == item ? 0 : history->weights[i] * (float)model->weight;
  return MLA_PLUGIN_OK;
}

static const mla_plugin_parameter parameters[] = {
    {"behaviour", "what it does wrong", 0, 0, 20, 1},
    {"weight", "of a play", 1, -10, 10, 0},
};

static const mla_plugin plugin = {
    TEST_ABI, TEST_NAME, "1.2.3", "what most listeners play", parameters, 2, create, destroy, fit, save,
    load,     score,     explain,
};

const mla_plugin* mla_plugin_entry(uint32_t host_abi) { return host_abi == 0 ? NULL : &plugin; }
