#!/usr/bin/env python3
"""Learns what analyze reads of energy, valence, acousticness, voice, speech and audience from excerpt vectors.

    python tools/audio_features/synthesise.py ../shared/data/audio/pop909-dev ../shared/data/audio/emotify-dev SYNTH
    build/release/bench/excerpts SYNTH/*.wav > synth.csv
    build/release/bench/excerpts ../shared/data/audio/emotify-dev/*.mp3 > emotify.csv
    python tools/audio_features/train.py emotify.csv ../shared/data/audio/emotify-dev/labels.csv synth.csv SYNTH/labels.csv \\
        ../shared/data/catalog/spotify_songs.csv.gz src/knowledge/audio/audio_features/impl/reading_constants.h

Linear models of the standardised columns (within 3 deviations, families weighed alike): ridge regression for energy and
valence, logistic regression for the others. Printed is what five folds give whose groups (artist, song, synthetic
voice) do not meet, the strength of regularisation chosen within each training part.
The scale is Spotify's: held-out readings of pop, rock and electronic tracks get the median and the quartiles that its
catalogue has for pop, rock and edm; two-class readings put the medians of their classes where Spotify's typical values lie.
Needs numpy and scipy.
"""
import argparse
import csv
import gzip
import os

import numpy as np
from scipy import optimize, stats

VERSION = 1  # of the excerpt vectors: audio::kExcerptVersion
FAMILIES = [("timbre", 100), ("flux", 80), ("band_correlation", 190), ("modulation", 200), ("modulation_shape", 66),
            ("noisiness", 24), ("shape", 15), ("dynamics", 12), ("pulse", 35), ("harmony", 55), ("bass_harmony", 55), ("stereo", 75),
            ("wide_spectrum", 24)]
# Not noisiness: it tells codecs and synthesisers from recordings. Not stereo: synthetic sound has none.
READ = ["timbre", "modulation_shape", "shape", "dynamics", "pulse", "harmony"]
LEVEL = {("timbre", 0), ("timbre", 3), ("timbre", 4), ("dynamics", 0), ("dynamics", 1)}  # how loud the file is: energy alone may know
STRENGTHS = [0.3, 1, 3, 10, 30]
# Songs that are held out share the sound font with those that are not: a choice by them would be too weak for real players.
FIXED_STRENGTH = {"acousticness": 10}
# Where the medians of the classes 0 and 1 go: Spotify's median of its catalogue (instrumentalness is 1 - voice), and
# what its documentation calls certain.
TARGETS = {"acousticness": (0.05, 0.9), "voice": (0.05, 0.95), "speechiness": (0.06, 0.92), "liveness": (0.127, 0.8)}
# Weak truth about voices in Emotify: pop and rock are sung, classical and electronic pieces are not, but these.
SUNG = {"22", "37"}


def columns():
    chosen, weight, level, at = [], [], [], 0
    for name, count in FAMILIES:
        if name in READ:
            chosen += range(at, at + count)
            weight += [count**-0.5] * count
            level += [(name, i) in LEVEL for i in range(count)]
        at += count
    order = sorted(range(len(chosen)), key=lambda i: chosen[i])
    return np.array(chosen)[order], np.array(weight)[order], np.array(level)[order]


def read_excerpts(path):
    names, rows = [], []
    with open(path) as file:
        for line in file:
            name, *values = line.rstrip().split(",")
            names.append(os.path.basename(name))
            rows.append(np.array(values, dtype=np.float32))
    return names, np.array(rows, dtype=np.float64)


class Ridge:
    def fit(self, x, y, weight, strength):
        self.centre = np.average(y, weights=weight)
        total = weight / weight.sum() * len(y)
        self.middle = np.average(x, axis=0, weights=weight)
        z = (x - self.middle) * np.sqrt(total)[:, None]
        self.w = np.linalg.solve(z.T @ z + strength * len(y) / 100 * np.eye(x.shape[1]), z.T @ ((y - self.centre) * np.sqrt(total)))
        self.b = self.centre - self.middle @ self.w
        return self

    def loss(self, said, y, weight):
        return np.average((said - y) ** 2, weights=weight)


class Logistic:
    def fit(self, x, y, weight, strength):
        weight = weight.copy()
        for c in (0, 1):
            weight[y == c] /= 2 * weight[y == c].sum()
        sign = 2 * y - 1
        one = np.hstack([x, np.ones((len(x), 1))])

        def cost(w):
            margin = sign * (one @ w)
            value = np.sum(weight * np.logaddexp(0, -margin)) + strength / 2000 * w[:-1] @ w[:-1]
            slope = -one.T @ (weight * sign / (1 + np.exp(np.clip(margin, -500, 500))))
            slope[:-1] += strength / 1000 * w[:-1]
            return value, slope

        w = optimize.minimize(cost, np.zeros(one.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
        self.w, self.b = w[:-1], w[-1]
        return self

    def loss(self, said, y, weight):
        weight = weight.copy()
        for c in (0, 1):
            weight[y == c] /= max(1e-9, weight[y == c].sum())
        return np.sum(weight * np.logaddexp(0, -(2 * y - 1) * said))


def folds_of(groups, count, seed):
    """A fold for each row, whole groups together, the large groups spread."""
    names, sizes = np.unique(groups, return_counts=True)
    draw = np.random.default_rng(seed)
    filled, fold = np.zeros(count), {}
    for i in sorted(range(len(names)), key=lambda i: (-sizes[i], draw.random())):
        fold[names[i]] = int(np.argmin(filled))
        filled[fold[names[i]]] += sizes[i]
    return np.array([fold[g] for g in groups])


def choose(kind, x, y, weight, groups):
    inner = folds_of(groups, 4, 1)
    losses = []
    for strength in STRENGTHS:
        loss = 0
        for k in range(4):
            model = kind().fit(x[inner != k], y[inner != k], weight[inner != k], strength)
            loss += model.loss(x[inner == k] @ model.w + model.b, y[inner == k], weight[inner == k])
        losses.append(loss)
    return STRENGTHS[int(np.argmin(losses))]


def auc(score, truth):
    ranks = stats.rankdata(score)
    ones = truth.sum()
    return (ranks[truth == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(truth) - ones))


def logit(p):
    return np.log(p / (1 - p))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("emotify", "labels", "synth", "synth_labels", "catalogue", "header"):
        parser.add_argument(name)
    args = parser.parse_args()
    chosen, family_weight, level = columns()

    clips = {}
    with open(args.labels, newline="") as file:
        for row in csv.DictReader(file):
            genre = row["genre"]
            sung = {"classical": 0, "electronic": 0, "pop": 1, "rock": 1}[genre] if row["track_id"] not in SUNG else 1
            clips[row["file"]] = dict(
                group=f"artist {row['artist_group']}", kind=genre, mood={k: float(v) for k, v in list(row.items())[8:]},
                acousticness={"classical": 1, "electronic": 0}.get(genre), voice=sung, speechiness=0, liveness=0)
    with open(args.synth_labels, newline="") as file:
        for row in csv.DictReader(file):
            truth = {k: None if row[c] == "" else int(row[c]) for k, c in
                     (("voice", "voice"), ("speechiness", "speech"), ("liveness", "audience"), ("acousticness", "acoustic"))}
            clips[row["file"]] = dict(group=row["group"], kind=row["file"].split("-")[0], mood=None, **truth)

    names, rows = [], []
    for path in (args.emotify, args.synth):
        more_names, more_rows = read_excerpts(path)
        names += more_names
        rows.append(more_rows[:, chosen])
    x = np.vstack(rows)
    order, clip_of = np.unique(names, return_inverse=True)
    info = [clips[n] for n in order]
    weight = 1 / np.bincount(clip_of)[clip_of]
    groups = np.array([info[c]["group"] for c in clip_of])
    kinds = np.array([c["kind"] for c in info])

    mean = np.average(x, axis=0, weights=weight)
    scale = 1 / np.maximum(np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weight)), 1e-6)
    z = np.clip((x - mean) * scale, -3, 3) * family_weight
    z_level = z.copy()
    z_level[:, level] = 0

    def per_clip(values):
        return np.bincount(clip_of, values * weight, len(order))

    moods = {}
    for mood in next(c for c in info if c["mood"])["mood"]:
        felt = np.array([c["mood"][mood] if c["mood"] else np.nan for c in info])
        moods[mood] = (felt - np.nanmean(felt)) / np.nanstd(felt)
    targets = {
        "energy": moods["power"] + moods["joyful_activation"] + moods["tension"] - moods["calmness"] - moods["tenderness"],
        "valence": moods["joyful_activation"] - moods["sadness"]}
    for name in TARGETS:
        targets[name] = np.array([np.nan if c[name] is None else c[name] for c in info], dtype=float)

    with gzip.open(args.catalogue, "rt") as file:
        songs = list(csv.DictReader(file))
    alike = [s for s in songs if s["playlist_genre"] in ("pop", "rock", "edm")]

    learnt = {}
    for name, truth in targets.items():
        kind = Ridge if name in ("energy", "valence") else Logistic
        data = z if name == "energy" else z_level
        y = truth[clip_of]
        known = ~np.isnan(y)
        outer, said = folds_of(groups, 5, 0), np.zeros(len(y))
        for k in range(5):
            part = known & (outer != k)
            strength = FIXED_STRENGTH.get(name) or choose(kind, data[part], y[part], weight[part], groups[part])
            model = kind().fit(data[part], y[part], weight[part], strength)
            said[outer == k] = data[outer == k] @ model.w + model.b
        strength = FIXED_STRENGTH.get(name) or choose(kind, data[known], y[known], weight[known], groups[known])
        model = kind().fit(data[known], y[known], weight[known], strength)
        held_out, there = per_clip(said), ~np.isnan(truth)
        if kind is Ridge:
            r2 = 1 - np.mean((held_out - truth)[there] ** 2) / np.var(truth[there])
            print(f"{name} as felt: held-out R2 {r2:.3f}")
        if name == "energy":  # half what listeners felt, half how loud it is
            at = int(np.flatnonzero(level)[-2])  # the mean level of an excerpt
            share = held_out[there].std() / np.std(per_clip(z[:, at] / family_weight[at])[there])
            louder = np.zeros(len(model.w))
            louder[at] = share / family_weight[at]
            model.w = model.w + louder
            held_out = held_out + per_clip(z @ louder)
        if kind is Ridge:
            print(f"{name}: correlation {np.corrcoef(held_out[there], truth[there])[0, 1]:.3f}, strength {strength}")
            theirs = logit(np.clip([float(s[name]) for s in alike], 0.01, 0.99))
            ours = held_out[np.isin(kinds, ["pop", "rock", "electronic"])]
            (low, middle, high), (l, m, h) = np.percentile(theirs, [25, 50, 75]), np.percentile(ours, [25, 50, 75])
            slope = (high - low) / (h - l)
            offset = middle - slope * m
        else:
            print(f"{name}: held-out AUC {auc(held_out[there], truth[there]):.3f}, strength {strength}")
            zero, one = (np.median(held_out[there][truth[there] == c]) for c in (0, 1))
            a, b = (logit(p) for p in TARGETS[name])
            slope = (b - a) / (one - zero)
            offset = a - slope * zero
        final = 1 / (1 + np.exp(-(offset + slope * held_out)))
        for one in sorted(set(kinds)):
            print(f"    {one:10}", *(f"{v:.2f}" for v in np.percentile(final[kinds == one], [10, 50, 90])))
        if name == "voice":
            two = np.isin(kinds, ["pop", "electronic"])
            print(f"    pop against electronic, held out: AUC {auc(held_out[two], (kinds[two] == 'pop').astype(int)):.3f}")
        learnt[name] = np.append(slope * model.w * family_weight, offset + slope * model.b)

    def array(name, values):
        return f"inline constexpr float {name}[] = {{{', '.join(f'{v:.5e}F' for v in values)}}};\n"

    with open(args.header, "w") as out:
        out.write("#pragma once\n\n#include <string_view>\n\n// Written by tools/audio_features/train.py: do not edit. Learnt from Emotify (CC BY-NC-SA)\n"
                  "// and its own synthetic sound; docs/audio-features.md is the model card.\nnamespace mla::audio::impl {\n\n// clang-format off\n")
        out.write(f"inline constexpr int kReadingVersion = {VERSION};  // of the excerpt vectors\n")
        out.write("inline constexpr std::string_view kReadingFamilies[] = {" + ", ".join(f'"{n}"' for n, _ in FAMILIES if n in READ) + "};\n")
        out.write(array("kReadingMean", mean) + array("kReadingScale", scale))
        for name, values in learnt.items():
            out.write(array("k" + name.capitalize(), values))
        out.write("// clang-format on\n\n}  // namespace mla::audio::impl\n")


if __name__ == "__main__":
    main()
