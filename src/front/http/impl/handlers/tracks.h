#pragma once

#include "front/engine/engine.h"
#include "front/http/impl/router.h"

// Items of the catalogue, and artists as they name them.
namespace mla::http {

Response get_track(engine::Engine& engine, const Call& call);
Response put_track(engine::Engine& engine, const Call& call);
Response delete_track(engine::Engine& engine, const Call& call);
// NDJSON, a track a line: lines that are wrong are told by number, the others are written.
Response put_tracks(engine::Engine& engine, const Call& call);

Response list_artists(engine::Engine& engine, const Call& call);
Response get_artist(engine::Engine& engine, const Call& call);

}  // namespace mla::http
