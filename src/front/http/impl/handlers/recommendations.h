#pragma once

#include "front/engine/engine.h"
#include "front/http/impl/router.h"

// What somebody may like, and what is like something.
namespace mla::http {

Response recommendations(engine::Engine& engine, const Call& call);          // as the body says
Response user_recommendations(engine::Engine& engine, const Call& call);     // for the listener of the path
Response batch_recommendations(engine::Engine& engine, const Call& call);    // for up to 100 listeners
Response session_recommendations(engine::Engine& engine, const Call& call);  // after what somebody unknown played
Response playlist_recommendations(engine::Engine& engine, const Call& call);
Response similar_tracks(engine::Engine& engine, const Call& call);
Response popular_tracks(engine::Engine& engine, const Call& call);
Response latest_tracks(engine::Engine& engine, const Call& call);

}  // namespace mla::http
