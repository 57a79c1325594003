#pragma once

#include <filesystem>
#include <string>

#include "foundation/base/result.h"

namespace mla::pipelines {

// 16 hexadecimal digits that stay when a file is moved or its tags are written anew, and differ between recordings: a
// hash of the sound's own bytes (their number, the first, middle and last 64 KiB) without the tags before, between and
// behind them. Known are FLAC (its blocks of metadata), Ogg (pages by their bodies: writing comments renumbers pages),
// RIFF and AIFF (the chunk of samples), MP4 (the largest mdat), ASF, and what ID3v2, ID3v1 and APEv2 may surround (MP3,
// AAC, WavPack, …). Of other containers the whole file counts, so that a move is seen and new tags are not. Reads less
// than 1 MiB. Nothing is decoded or checked: bytes that are no audio have a digest too. Errors: kNotFound, kPermission,
// kIo; kCorrupt for an empty file.
base::Result<std::string> payload_digest(const std::filesystem::path& path);

}  // namespace mla::pipelines
