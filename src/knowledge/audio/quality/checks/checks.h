#pragma once

#include <memory>
#include <vector>

#include "knowledge/audio/quality/check.h"

namespace mla::audio {

// Every check there is, one a file of this folder; assessor.cpp runs them.
std::unique_ptr<QualityCheck> make_clipping_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_offset_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_edges_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_silence_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_click_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_hum_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_noise_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_bandwidth_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_stereo_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_bit_depth_check(const Recording& recording);
std::unique_ptr<QualityCheck> make_dynamics_check(const Recording& recording);

}  // namespace mla::audio
