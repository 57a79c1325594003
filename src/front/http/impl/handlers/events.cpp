#include "front/http/impl/handlers/events.h"

#include "front/http/dto.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/credentials.h"
#include "front/http/impl/errors.h"

namespace mla::http {

using security::Permission;

Response add_events(engine::Engine& engine, const Idempotency& idempotency, const Call& call) {
  const auto parsed = parse_events(call.request.body);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  const bool weighs = call.caller.may(Permission::kWeighEvents, {});
  for (const catalog::Event& event : parsed.value) {
    if (!call.caller.may(Permission::kWriteEvents, event.user)) return someone_elses();
    if (event.weight != 1 && !weighs) return forbidden(Permission::kWeighEvents);
  }
  return idempotency.once(call, "events", [&] {
    const auto counts = engine.add_events(parsed.value, "api");
    if (!counts.ok()) return error_response(counts.error());
    return json_response(boost::json::object{
        {"added", counts->added}, {"unchanged", counts->unchanged}, {"request_id", call.request_id}});
  });
}

}  // namespace mla::http
