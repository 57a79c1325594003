#include "knowledge/audio/decode/impl/allowed.h"

namespace mla::audio {

const std::string& allowed_demuxers() {
  static const std::string names =
      "mp3,flac,wav,w64,ogg,mov,mp4,m4a,3gp,3g2,mj2,aac,aiff,au,caf,asf,matroska,webm,wv,tta";
  return names;
}

const std::string& allowed_decoders() {
  static const std::string names =
      "mp3float,mp3,mp2float,mp2,mp1float,mp1,flac,vorbis,opus,aac,alac,wmav1,wmav2,wavpack,tta,"
      "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,"
      "pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav";
  return names;
}

bool is_allowed_decoder(std::string_view name) {
  const std::string padded = "," + allowed_decoders() + ",";
  return padded.find("," + std::string(name) + ",") != std::string::npos;
}

}  // namespace mla::audio
