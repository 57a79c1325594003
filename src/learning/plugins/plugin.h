/* A recommender of your own as a shared library, in C or any language that can export a C function (docs/plugins.md).
 *
 * Build a .so that exports `mla_plugin_entry`, name it with its SHA-256 in `plugins.allowed`, and it is trained,
 * evaluated, published, promoted and served under its name. This header needs nothing but a C99 compiler.
 *
 * Where it runs: never in the program that serves, but in a process of its own for each model that is learning or
 * loaded, which is ended when it takes too long, crashes or answers nonsense, and started anew from the last state.
 * So a plugin needs no locks: all calls for one model come one after the other, on one thread, and one process holds
 * one model. Environment variables of the program (its secrets) are not there; standard output leads nowhere.
 *
 * Who owns what: what a function is given is valid until it returns, what callbacks of `fit` return until `fit`
 * returns. Texts are UTF-8 that ends with a zero byte. Strings and arrays of `mla_plugin` live as long as the library.
 *
 * Failure: functions return MLA_PLUGIN_OK, or MLA_PLUGIN_FAILED after having told `fail` why. No C++ exception may
 * leave a function (the process survives one, but takes it for a failure).
 */
#ifndef MLA_PLUGIN_H
#define MLA_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when anything below does. A plugin that was built for another number is refused. */
#define MLA_PLUGIN_ABI 1u

#define MLA_PLUGIN_OK 0
#define MLA_PLUGIN_FAILED 1

/* The plugin's model; only the plugin knows what is in it. */
typedef struct mla_plugin_model mla_plugin_model;
/* The program's side; only the program knows what is in it. Hand it back to callbacks. */
typedef struct mla_plugin_host mla_plugin_host;

/* A history: `count` items, ascending and unique. */
typedef struct mla_plugin_history {
  int32_t count;
  const int32_t* items; /* 0 <= item < items of the catalogue */
  const float* weights; /* > 0: plays, or 1 */
  const int64_t* times; /* of the last play, milliseconds since 1970; 0 = unknown */
  int64_t now;          /* 0 = unknown */
} mla_plugin_history;

/* What the program does for the plugin. Callable from any function below, on the thread that it was called on. */
typedef struct mla_plugin_callbacks {
  mla_plugin_host* host;
  /* Why the function will return MLA_PLUGIN_FAILED; the last call counts. */
  void (*fail)(mla_plugin_host* host, const char* why);
  /* A line for the log of the training; elsewhere ignored. */
  void (*log)(mla_plugin_host* host, const char* line);
  /* A figure of the training ("loss"): reported when it changes, and its last value kept in the version's manifest.
     At most 64 names of at most 64 bytes; finite values. */
  void (*metric)(mla_plugin_host* host, const char* name, double value);
  /* How far `fit` is; total 0 = unknown. */
  void (*progress)(mla_plugin_host* host, uint64_t done, uint64_t total);
  /* `fit` only: what user 0 <= user < users has played. Its `now` is 0. */
  mla_plugin_history (*history)(mla_plugin_host* host, int32_t user);
  /* `fit` only: what the item sounds like, `embedding_dims` numbers, a vector of length 1; NULL = nobody knows. */
  const float* (*embedding)(mla_plugin_host* host, int32_t item);
  /* `fit` only: a number of the item's artist, -1 = unknown. */
  int32_t (*artist)(mla_plugin_host* host, int32_t item);
  /* `save` only: appends bytes to the state. */
  void (*write)(mla_plugin_host* host, const void* bytes, size_t size);
} mla_plugin_callbacks;

/* A number that can be given to the model (--params), in [least, most]. */
typedef struct mla_plugin_parameter {
  const char* name; /* [a-z][a-z0-9_]* */
  const char* help;
  double fallback, least, most;
  int32_t integer; /* 1: whole numbers only */
} mla_plugin_parameter;

/* What `fit` learns from, beside what the callbacks tell. */
typedef struct mla_plugin_training {
  int32_t users, items;
  int32_t embedding_dims; /* 0: no item has an embedding */
  uint64_t seed;          /* the same seed and data should give the same model */
} mla_plugin_training;

typedef struct mla_plugin {
  uint32_t abi;                           /* MLA_PLUGIN_ABI */
  const char* name;                       /* as --algorithm: [a-z][a-z0-9_]{0,63}, none of ours */
  const char* version;                    /* of the plugin; kept in the manifest of what it learns */
  const char* description;                /* one line */
  const mla_plugin_parameter* parameters; /* NULL if there are none */
  uint32_t parameter_count;               /* at most 64 */

  /* A model that has learnt nothing; NULL if there is none to be had. `values`: of the parameters, in their order.
     `callbacks` live until `destroy`. */
  mla_plugin_model* (*create)(const mla_plugin_callbacks* callbacks, const double* values);
  void (*destroy)(mla_plugin_model* model);

  /* Learns. May take as long as it needs: who waits can have the process ended. */
  int (*fit)(mla_plugin_model* model, const mla_plugin_training* training);
  /* The whole of what was learnt, through `write`; at most 4 GiB. */
  int (*save)(mla_plugin_model* model);
  /* Takes what `save` wrote, of this or an older version of the plugin. `items` as at training. */
  int (*load)(mla_plugin_model* model, const void* state, size_t size, int32_t items);

  /* Writes a score for every item, those of the history too; only their order matters. Returns how many it wrote:
     `items`, or -1 after `fail`. Any other number is a mistake, and so is a score that is not finite. */
  int32_t (*score)(mla_plugin_model* model, const mla_plugin_history* history, float* scores, int32_t items);
  /* By how much each item of the history raised the score of `item`: history->count numbers, 0 = not at all. NULL if
     the model cannot say; its recommendations have no reasons then. */
  int (*explain)(mla_plugin_model* model, const mla_plugin_history* history, int32_t item, float* raised);
} mla_plugin;

#if defined(__GNUC__)
#define MLA_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define MLA_PLUGIN_EXPORT
#endif

/* The one symbol that is looked up. `host_abi` is the program's MLA_PLUGIN_ABI; a plugin that knows several answers
   with that one. NULL if it does not know it. */
MLA_PLUGIN_EXPORT const mla_plugin* mla_plugin_entry(uint32_t host_abi);

#ifdef __cplusplus
}
#endif

#endif
