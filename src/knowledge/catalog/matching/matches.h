#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "knowledge/catalog/catalog.h"

// What a history named (a heard item) and which item of the catalogue it is (the owned one). Events keep pointing at
// what was heard; a match is applied when they are read, so it can be undone.
namespace mla::catalog {

struct MatchReport {
  std::int64_t heard = 0;    // heard items
  std::int64_t matched = 0;  // of these, now
  std::int64_t added = 0;    // matches that this run found
  std::int64_t events = 0;   // events of heard items
  std::int64_t matched_events = 0;
};

// "8,412 of 9,120 heard tracks (92.2 %) are in the library, 96.1 % of 51,002 events; 708 are unmatched".
std::string summary(const MatchReport& report);

// Looks for an owned item for each heard one that has none (Matcher). A match stays until it is undone or the owned
// item is removed. Durable; a cancelled run keeps nothing. Needs about a kilobyte of memory an owned item.
base::Result<MatchReport> match_history(Catalog& catalog, base::Work& work);

struct HeardItem {
  Item heard;
  Item owned;        // without an id if it is not matched
  std::string rule;  // see SongMatch
  double score = 0;
  std::int64_t events = 0;
};

// Matched ones with a score of at most `most_score`, the least certain first; or unmatched ones, the most heard first.
// At most `limit`.
base::Result<std::vector<HeardItem>> matched_items(const Catalog& catalog, double most_score, std::size_t limit);
base::Result<std::vector<HeardItem>> unmatched_items(const Catalog& catalog, std::size_t limit);

// Takes the match of a heard item back and never makes it again; kNotFound if it has none.
base::Result<HeardItem> undo_match(Catalog& catalog, const base::ItemId& heard);

// Owned items that are versions or copies of one song by song_key, in groups of two and more, largest first.
base::Result<std::vector<std::vector<Item>>> song_versions(const Catalog& catalog);

}  // namespace mla::catalog
