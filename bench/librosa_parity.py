#!/usr/bin/env python3
"""Every feature against librosa on the same samples: descriptor × clip → largest |difference| / largest |reference|.

    python3 -m venv v && v/bin/pip install -r tools/audio_golden/requirements.txt
    v/bin/python bench/librosa_parity.py build/release/ml-analytics ../shared/data/audio/clips/*

Each clip is decoded and resampled by librosa, written as 32-bit float WAV and read by us, so that both see the same
samples. For rolloff, tuning and zero crossings the share of frames that differ is shown too. Exit code 1 if a value
is above 1e-4 (discrete: 0.5 % of the frames).
"""
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tools", "audio_golden"))
import reference  # noqa: E402

LIMIT = 1e-4
DISCRETE = {"spectral_rolloff", "zero_crossing_rate", "tuning"}
DISCRETE_LIMIT = 0.005


def ours(program, wav, feature, folder):
    out = os.path.join(folder, feature + ".npy")
    subprocess.run([program, "features", wav, "--feature", feature, "--output", out], check=True,
                   stderr=subprocess.DEVNULL)
    return np.load(out)


def main(program, clips):
    import librosa

    failed = False
    print(f"{'clip':28}{'feature':22}{'max relative error':>20}{'frames that differ':>20}")
    for clip in clips:
        samples = librosa.load(clip, sr=reference.RATE)[0] if isinstance(clip, str) else clip[1]
        name = os.path.basename(clip) if isinstance(clip, str) else clip[0]
        name = name[:27]
        with tempfile.TemporaryDirectory() as folder:
            wav = os.path.join(folder, "clip.wav")
            reference.write_float_wav(wav, samples)
            for feature, compute in reference.FEATURES.items():
                want = np.atleast_2d(compute(samples))
                got = ours(program, wav, feature, folder)
                if want.shape != got.shape:
                    print(f"{name:28}{feature:22} shape {got.shape}, librosa's {want.shape}")
                    failed = True
                    continue
                error = np.abs(got - want).max() / max(np.abs(want).max(), 1e-30)
                differ = np.mean(np.abs(got - want).max(axis=0) > LIMIT * np.abs(want).max())
                bad = differ > DISCRETE_LIMIT if feature in DISCRETE else error > LIMIT
                failed |= bad
                print(f"{name:28}{feature:22}{error:20.2e}{100 * differ:18.2f} %{'  <--' if bad else ''}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    clips = sys.argv[2:] or list(reference.signals().items())
    sys.exit(main(sys.argv[1], [c for c in clips if not str(c).endswith(".txt")]))
