#pragma once

#include "front/engine/engine.h"
#include "front/http/impl/idempotency.h"
#include "front/http/impl/router.h"

namespace mla::http {

// What listeners did: one event, or up to kMaxEvents; all are kept or none.
Response add_events(engine::Engine& engine, const Idempotency& idempotency, const Call& call);

}  // namespace mla::http
