#pragma once

#include "knowledge/catalog/import/importer.h"

namespace mla::pipelines {

// `import music-folder DIR`: the audio files below a folder become tracks of the catalogue, titles and all from their
// tags. Run again it reads what is new or changed alone. A file that was moved, renamed or tagged anew stays the item
// that it was, with its history; one that is not there any more is marked (LibraryFile::gone), loses its path in the
// catalogue and keeps everything else, and has it back when it returns.
// The id of a track is `file-` and the digest of its sound (audio_payload.h), `-2`, `-3` behind it for further copies.
// Killed at any moment and run again it ends in the same state.
const catalog::Importer& music_folder();

}  // namespace mla::pipelines
