#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// What an item is rather than who plays it: tags, artist and sound. Scores items that nobody has played yet.
//
//   x_i   = tf-idf row of item i's tags, length 1;   tf = ln(1 + weight), idf = ln(1 + N / n_t)
//           (N items with tags, n_t of them with tag t: Salton & Buckley, 1988), then times √w_t: what tag t says about
//           what is heard together (impl/tag_metric.h; tag_weights = rarity: 1)
//   p_h   = ln(1 + plays of h)
//   v_i   = what item i sounds like (TrainingData::item_sounds), 0 if unknown
//   s(i)  = sum over history h of
//           p_h · (x_h · x_i + artist_weight · [h and i by one artist] + sound_weight · v_h · v_i)
//
// With w = 1 the order is that of the cosine between listener profile and item; leaving its length out makes every term
// a contribution that explain() can name. An item that shares no tag and no artist with the history, and of which
// nobody knows how it sounds, scores 0; one that sounds unlike the history scores less. That own tags count twice as
// much as sound is a choice of ours: they were written by a person, and half of the nearest sounds are of another
// genre.
Algorithm content_algorithm();

}  // namespace mla::models
