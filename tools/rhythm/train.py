#!/usr/bin/env python3
"""Learns which metrical level is the beat and which key a track is in, and writes the numbers as C++ sources.

    build/release/bench/rhythm --features RENDERS/*.mp3 SYNTHETIC/*.wav > features.json
    tools/rhythm/train.py features.json src/knowledge/audio

Prints what six folds by song say about songs not learnt from (all renders of one song in one fold), with the expected
calibration error (ECE, 8 bins of equal size), then fits on everything. Two conditional logistic regressions: levels of
one track compete with each other; so do 24 keys, whose features are turned so that their tonic comes first.
A strong penalty chooses best and says too little; one factor, fitted on the songs held out, makes scores probabilities.
"""
import argparse
import collections
import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize, minimize_scalar

FOLDS = 6
LEVEL_PENALTY, KEY_PENALTY = 0.5, 4.0
KEY_SCALES = np.repeat([20.0, 8.0, 6.0, 6.0, 0.7], 12)
NAMES = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"]


def fit(choices, right, penalty):
    """Weights w that maximise Σ log P(a right choice), P = softmax over the rows of each `choices[i]` @ w."""
    count, width = max(len(c) for c in choices), choices[0].shape[1]
    x = np.zeros((len(choices), count, width))
    absent = np.full((len(choices), count), -1e9)
    good = np.zeros((len(choices), count), bool)
    for i, (c, r) in enumerate(zip(choices, right)):
        x[i, :len(c)], absent[i, :len(c)], good[i, :len(c)] = c, 0, r

    def loss(w):
        scores = x @ w + absent
        e = np.exp(scores - scores.max(1, keepdims=True))
        p = e / e.sum(1, keepdims=True)
        hit = (p * good).sum(1) + 1e-12
        gradient = np.einsum("ijk,ij->k", x, p - p * good / hit[:, None])
        return -np.log(hit).sum() + penalty * w @ w, gradient + 2 * penalty * w
    return minimize(loss, np.zeros(width), jac=True, method="L-BFGS-B").x


def cross_validate(tracks, penalty, report):
    songs = sorted({t["song"] for t in tracks})
    fold = {songs[s]: i % FOLDS for i, s in enumerate(np.random.RandomState(0).permutation(len(songs)))}
    held_out, figures = [], collections.defaultdict(list)
    for k in range(FOLDS):
        train = [t for t in tracks if fold[t["song"]] != k and t["right"].any()]
        w = fit([t["x"] for t in train], [t["right"] for t in train], penalty)
        for t in (t for t in tracks if fold[t["song"]] == k):
            scores = t["x"] @ w
            best = int(scores.argmax())
            held_out.append((scores - scores[best], best, t["right"]))
            figures[t["kind"]].append((t["right"][best], report(t, best)))

    def loss(sharpness):
        return -sum(np.log(np.exp(sharpness * s)[r].sum() / np.exp(sharpness * s).sum() + 1e-9) for s, _, r in held_out
                    if r.any())
    sharpness = minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded").x
    said = np.array(sorted((1 / np.exp(sharpness * s).sum(), r[best]) for s, best, r in held_out), float)
    ece = sum(len(b) / len(said) * abs(b[:, 0].mean() - b[:, 1].mean()) for b in np.array_split(said, 8))
    for kind, values in sorted(figures.items()):
        right, score = np.mean(values, axis=0)
        print(f"  {kind:8} {len(values):4} tracks   right {right:.3f}   score {score:.3f}")
    print(f"  ECE {ece:.3f} with scores sharpened by {sharpness:.2f}")
    return sharpness


def level_tracks(rows):
    tracks = []
    for row in rows:
        if row["levels"]:
            tempo = row["truth"]["tempo"]
            right = np.array([abs(level["tempo"] - tempo) <= 0.04 * tempo for level in row["levels"]])
            tracks.append({"song": row["truth"]["song"], "kind": row["truth"]["kind"], "right": right,
                           "x": np.array([level["f"] for level in row["levels"]])})
    scale = np.concatenate([t["x"] for t in tracks]).std(0) + 1e-9
    for t in tracks:
        t["x"] = t["x"] / scale
    return tracks, scale


def key_score(estimated, reference):
    """mir_eval.key.weighted_score on (tonic, minor)."""
    (e, em), (r, rm) = estimated, reference
    if (e, em) == (r, rm):
        return 1.0
    if em == rm and (e - r) % 12 == 7:
        return 0.5
    if em != rm and (e - r) % 12 == (9 if not rm else 3):
        return 0.3
    return 0.2 if em != rm and e == r else 0.0


def key_tracks(rows):
    tracks = []
    for row in rows:
        lengths = collections.Counter()
        for start, end, label in row["truth"]["keys"]:
            lengths[label] += end - start
        if not lengths:
            continue
        label = lengths.most_common(1)[0][0]
        reference = (NAMES.index(label.split(":")[0]), label.endswith("min"))
        f = (np.array(row["key_features"]) * KEY_SCALES).reshape(-1, 12)
        x = []
        for key in range(24):
            turned = np.roll(f, -(key % 12), axis=1).ravel()
            zero = np.zeros_like(turned)
            x.append(np.concatenate([turned, zero, [0.0]] if key < 12 else [zero, turned, [1.0]]))
        right = np.zeros(24, bool)
        right[reference[0] + 12 * reference[1]] = True
        tracks.append({"song": row["truth"]["song"], "kind": row["truth"]["kind"], "right": right, "x": np.array(x),
                       "reference": reference})
    return tracks


def array(name, kind, values):
    body = ",\n    ".join(", ".join(f"{v:.5g}" if "." in f"{v:.5g}" or "e" in f"{v:.5g}" else f"{v:.1f}" for v in values[i:i + 10])
                          for i in range(0, len(values), 10))
    return f"const std::array<double, {kind}> {name} = {{\n    {body}}};\n"


def write_between(path, text):
    """Replaces what stands between the two marks of a source file."""
    source = path.read_text()
    begin, end = "// trained: begin\n", "// trained: end\n"
    head, rest = source.split(begin)
    path.write_text(head + begin + text + end + rest.split(end)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path)
    parser.add_argument("audio_room", type=Path, nargs="?", help="without it the folds are printed and nothing written")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.features.read_text().splitlines()]
    for row in rows:
        row["truth"] = json.loads(Path(row["file"]).with_suffix(".json").read_text())

    print("levels: right = within 4 % of the annotated tempo")
    tracks, scale = level_tracks(rows)
    sharpness = cross_validate(tracks, LEVEL_PENALTY, lambda t, best: t["right"][best])
    usable = [t for t in tracks if t["right"].any()]
    level = fit([t["x"] for t in usable], [t["right"] for t in usable], LEVEL_PENALTY) / scale * sharpness

    print("keys: score = MIREX-weighted")
    tracks = key_tracks(rows)
    sharpness = cross_validate(tracks, KEY_PENALTY, lambda t, best: key_score((best % 12, best >= 12), t["reference"]))
    key = fit([t["x"] for t in tracks], [t["right"] for t in tracks], KEY_PENALTY) * sharpness
    width = KEY_SCALES.size

    if options.audio_room:
        write_between(options.audio_room / "rhythm/impl/level_model.cpp", array("kLevelWeights", "Level::kFeatures", level))
        write_between(options.audio_room / "tonality/impl/key_model.cpp",
                      array("kMajorWeights", "kKeyFeatures", key[:width] * KEY_SCALES)
                      + array("kMinorWeights", "kKeyFeatures", key[width:2 * width] * KEY_SCALES)
                      + f"const double kMinorBias = {key[-1]:.5g};\n")


if __name__ == "__main__":
    main()
