#!/usr/bin/env python3
"""Writes the golden numbers of src/knowledge/audio/descriptors/tests with librosa (requirements.txt beside this file):

    python tools/audio_golden/make.py src/knowledge/audio/descriptors/tests/librosa.golden

One line each: `signal feature rows frames largest step`, then every `step`-th value in the order frame by frame.
"""
import sys

import numpy as np
import reference

VALUES = 120  # about as many of each feature


def main(path):
    lines = []
    for signal, samples in reference.signals().items():
        for feature, compute in reference.FEATURES.items():
            if feature == "stft":
                continue
            matrix = np.atleast_2d(compute(samples))
            flat = matrix.T.ravel()
            step = max(1, len(flat) // VALUES)
            step += 1 - step % 2  # odd, so that all rows come up
            lines.append(f"{signal} {feature} {matrix.shape[0]} {matrix.shape[1]} {np.abs(flat).max():.8g} {step} " +
                         " ".join(f"{value:.8g}" for value in flat[::step]))
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
