#pragma once

#include "front/engine/engine.h"
#include "front/http/impl/idempotency.h"
#include "front/http/impl/router.h"

// Versions of models: which there are, which are served, and how that changes. The path names a model ("hybrid").
namespace mla::http {

Response list_models(engine::Engine& engine, const Call& call);
Response models_status(engine::Engine& engine, const Call& call);
Response get_model(engine::Engine& engine, const Call& call);
// 202 and a job.
Response train_model(engine::Engine& engine, const Idempotency& idempotency, const Call& call);
// 202 and a job: what is promoted is compared with the champion first.
Response promote_model(engine::Engine& engine, const Idempotency& idempotency, const Call& call);
Response rollback_model(engine::Engine& engine, const Call& call);

}  // namespace mla::http
