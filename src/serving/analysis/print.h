#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/audio/decode/source.h"
#include "knowledge/audio/fingerprint/identify.h"

// What a worker hears of a recording for an index of landmarks, and how that travels to us, who do not trust it.
namespace mla::analysis {

// For the index.
struct IndexPrint {
  std::uint32_t frames = 0;  // of audio::SpectralPeaks::kFrameSeconds
  std::vector<audio::Landmark> landmarks;
};
// To look the recording up.
struct QueryPrint {
  std::uint32_t frames = 0;
  std::vector<audio::QueryStretch> stretches;
};

// Decodes the source to its end. Errors: those of audio::Source::read.
base::Result<IndexPrint> index_print(audio::Source& source);
base::Result<QueryPrint> query_print(audio::Source& source);

std::string to_bytes(const IndexPrint& print);
std::string to_bytes(const QueryPrint& print);

// kCorrupt unless the bytes are a print whose every number is in its range and order.
base::Result<IndexPrint> read_index_print(std::string_view bytes);
base::Result<QueryPrint> read_query_print(std::string_view bytes);

}  // namespace mla::analysis
