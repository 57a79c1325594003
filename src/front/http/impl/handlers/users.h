#pragma once

#include "front/engine/engine.h"
#include "front/http/impl/router.h"
#include "operations/security/security.h"

// What is kept of a person. The path names the listener; who may ask, every handler asks.
namespace mla::http {

Response get_user(engine::Engine& engine, const Call& call);
Response user_history(engine::Engine& engine, const Call& call);
// Everything, as one document.
Response export_user(engine::Engine& engine, security::Security& security, const Call& call);
// Forgets all of it, the accounts too.
Response erase_user(engine::Engine& engine, security::Security& security, const Call& call);

}  // namespace mla::http
