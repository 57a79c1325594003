#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "learning/tagging/cross_validation.h"
#include "learning/tagging/options.h"
#include "learning/tagging/tagging_data.h"

namespace mla::tagging {

// What a person has to know before trusting a tagger (after Mitchell et al., "Model cards for model reporting", 2019):
// data and licence, how it was judged, results per class, limits. It is the attribute `card` of the model's manifest.
boost::json::object model_card(const TaggingData& data, const TaggingOptions& options, const CrossValidation& judged);

// The figures alone, for the manifest's `metrics`.
boost::json::object card_metrics(const TaggingData& data, const CrossValidation& judged);

// The card in lines for people.
std::vector<std::string> to_lines(const boost::json::object& card);

}  // namespace mla::tagging
