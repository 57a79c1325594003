#include "adapters/mongo/impl/documents.h"

#include <string_view>

#include <fmt/format.h>

namespace mla::mongo {
namespace {

// A document may have 2 GiB, which holds each of ours many times, so appending does not fail.
void append(const Document& document, const char* key, std::string_view text) {
  bson_append_utf8(document.get(), key, -1, text.data(), static_cast<int>(text.size()));
}

}  // namespace

Document to_document(const catalog::Event& event) {
  Document document;
  append(document, "_id", event.id.str());
  append(document, "user_id", event.user.str());
  append(document, "track_id", event.item.str());
  append(document, "type", catalog::to_string(event.type));
  if (event.time) bson_append_date_time(document.get(), "timestamp", -1, *event.time);
  bson_append_double(document.get(), "weight", -1, event.weight);
  if (event.ms_played) bson_append_int64(document.get(), "ms_played", -1, *event.ms_played);
  if (!event.context.empty()) append(document, "context", event.context);
  return document;
}

base::Result<Document> to_document(const pipelines::FullAnalysis& analysis) {
  bson_error_t error{};
  const Document content(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(analysis.json.data()),
                                            static_cast<ssize_t>(analysis.json.size()), &error));
  if (!content) {
    return base::Error{base::ErrorCode::kCorrupt,
                       fmt::format("the full analysis of sound {} is no JSON: {}", analysis.payload, error.message)};
  }
  Document document;
  append(document, "_id", analysis.payload);
  bson_append_date_time(document.get(), "recorded", -1, analysis.recorded);
  bson_append_document(document.get(), "analysis", -1, content.get());
  return document;
}

}  // namespace mla::mongo
