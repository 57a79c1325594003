#include "apps/ml-analytics/call_features.h"

#include <map>
#include <memory>
#include <string>

namespace mla::apps {

void add_features(CLI::App& app, Call& call) {
  auto options = std::make_shared<FeaturesOptions>();
  CLI::App* command = app.add_subcommand("features", "One descriptor of an audio file as a numpy array");
  command->add_option("FILE", options->file, "mp3, flac, wav, ogg, opus, m4a, aac")->required();
  std::string names = "One of:";
  for (const audio::FeatureKind& kind : audio::feature_kinds()) {
    names += "\n  " + std::string(kind.name) + ": " + std::string(kind.help);
  }
  audio::FeatureOptions& how = options->how;
  command->add_option("--feature", options->feature, names)->required();
  command->add_option("--output", options->output, "The .npy file to write, shape (rows, frames)")->required();
  command->add_option("--sample-rate", how.stft.sample_rate, "Hz, to which the file is resampled")
      ->capture_default_str();
  command->add_option("--n-fft", how.stft.n_fft, "Samples in a frame")->capture_default_str();
  command->add_option("--hop-length", how.stft.hop_length, "Samples between frames")->capture_default_str();
  command->add_option("--n-mels", how.n_mels, "Mel bands")->capture_default_str();
  command->add_option("--n-mfcc", how.n_mfcc, "Coefficients")->capture_default_str();
  command
      ->add_option("--convention", how.convention,
                   "librosa, or essentia (mfcc alone: 40 HTK bands up to 11 kHz, each of sum 1)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, audio::Convention>{
          {"librosa", audio::Convention::kLibrosa}, {"essentia", audio::Convention::kEssentia}}));
  command->callback([options, &call] { call.features = *options; });
}

}  // namespace mla::apps
