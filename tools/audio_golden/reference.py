"""The features as librosa 0.10 computes them, and the generated signals of the tests (formulas, no recordings)."""
import struct

import numpy as np

RATE = 22050


def _mfcc(y):
    import librosa
    return librosa.feature.mfcc(y=y, sr=RATE, n_mfcc=13)


def _features():
    import librosa
    f = librosa.feature
    return {
        "stft": lambda y: librosa.stft(y),
        "mel": lambda y: f.melspectrogram(y=y, sr=RATE),
        "mfcc": _mfcc,
        "mfcc_delta": lambda y: f.delta(_mfcc(y)),
        "mfcc_delta2": lambda y: f.delta(_mfcc(y), order=2),
        "chroma_stft": lambda y: f.chroma_stft(y=y, sr=RATE),
        "chroma_cqt": lambda y: f.chroma_cqt(y=y, sr=RATE),
        "tonnetz": lambda y: f.tonnetz(y=y, sr=RATE),
        "spectral_centroid": lambda y: f.spectral_centroid(y=y, sr=RATE),
        "spectral_bandwidth": lambda y: f.spectral_bandwidth(y=y, sr=RATE),
        "spectral_rolloff": lambda y: f.spectral_rolloff(y=y, sr=RATE),
        "spectral_flatness": lambda y: f.spectral_flatness(y=y),
        "spectral_contrast": lambda y: f.spectral_contrast(y=y, sr=RATE),
        "zero_crossing_rate": lambda y: f.zero_crossing_rate(y),
        "rms": lambda y: f.rms(y=y),
        "onset_strength": lambda y: librosa.onset.onset_strength(y=y, sr=RATE),
        "tempogram": lambda y: f.tempogram(y=y, sr=RATE),
        "tuning": lambda y: np.array([[librosa.estimate_tuning(S=np.abs(librosa.stft(y)) ** 2, sr=RATE)]]),
    }


FEATURES = _features()


def _noise(count, seed):
    """Uniform in [-1, 1): a 64-bit linear congruential generator (Knuth's MMIX), its upper 24 bits."""
    state, out = seed, np.empty(count)
    for i in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        out[i] = (state >> 40) / (1 << 23) - 1
    return out


def signals(seconds=3):
    """name → float32 samples; `signals()` of descriptors/tests/feature_test.cpp makes the same."""
    n = RATE * seconds
    t = np.arange(n) / RATE
    chirp = 0.5 * np.sin(2 * np.pi * (110 * t + (4000 - 110) / (2 * seconds) * t * t))
    noise = 0.3 * _noise(n, 1)
    clicks = 0.01 * _noise(n, 2)
    for start in range(0, n, RATE // 2):
        count = min(200, n - start)
        clicks[start:start + count] += 0.8 * np.exp(-np.arange(count) / 40) * np.cos(0.3 * np.arange(count))
    chord = np.zeros(n)
    for root in (220.0 * 2 ** (0.2 / 12), 277.18 * 2 ** (0.2 / 12), 329.63 * 2 ** (0.2 / 12)):
        for harmonic in range(1, 7):
            chord += 0.1 / harmonic * np.sin(2 * np.pi * root * harmonic * t)
    chord = chord * np.exp(-(t % 1)) + 0.001 * _noise(n, 3)
    return {name: y.astype(np.float32) for name, y in
            {"chirp": chirp, "noise": noise, "clicks": clicks, "chord": chord}.items()}


def write_float_wav(path, samples):
    data = np.asarray(samples, dtype="<f4").tobytes()
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " +
                   struct.pack("<IHHIIHH", 16, 3, 1, RATE, RATE * 4, 4, 32) + b"data" + struct.pack("<I", len(data)) +
                   data)
