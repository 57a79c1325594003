#!/usr/bin/env python3
"""Learns the linear map of the track vector and says honestly what it is worth.

    build/release/bench/audio_neighbours --statistics ../shared/data/audio/emotify-dev > statistics.csv
    python tools/track_vector/train.py statistics.csv ../shared/data/audio/emotify-dev/labels.csv \
        src/knowledge/audio/descriptors/impl/track_vector_constants.h

Needs numpy. The vector is 10 principal components of the standardised statistics, each by the root of its deviation,
and 3 linear discriminants of the genre (within-class covariance shrunk by a fifth). Printed is what counts:
rank-1 genre agreement where the map was learnt without the query's artist (5 folds by artist, 4 shuffles), neighbours
of the same artist excluded, and the skewness of the 10-occurrence.
"""
import csv
import os
import sys

import numpy as np

COMPONENTS, DISCRIMINANTS, SHRINKAGE = 10, 3, 0.2


def learn(statistics, genres):
    """mean, 1/deviation and the map (rows: dimensions of the vector)."""
    mean, deviation = statistics.mean(0), np.maximum(statistics.std(0), 1e-6)
    z = (statistics - mean) / deviation
    _, singular, axes = np.linalg.svd(z, full_matrices=False)
    principal = axes[:COMPONENTS] / np.sqrt(singular[:COMPONENTS])[:, None]
    classes = np.unique(genres)
    within = sum(np.cov(z[genres == c].T, bias=True) * np.mean(genres == c) for c in classes)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
    centres = np.array([z[genres == c].mean(0) for c in classes])
    centres -= centres.mean(0)
    values, vectors = np.linalg.eigh(within)
    whiten = vectors / np.sqrt(values)
    _, directions = np.linalg.eigh(whiten.T @ centres.T @ centres @ whiten)
    discriminants = (whiten @ directions)[:, ::-1][:, :DISCRIMINANTS].T
    blocks = []
    for block in (principal, discriminants):
        blocks.append(block / ((z @ block.T).std() * np.sqrt(len(block))))
    return mean, 1 / deviation, np.vstack(blocks)


def distances(statistics, mean, scale, matrix):
    y = (statistics - mean) * scale @ matrix.T
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    return 1 - y @ y.T


def hubness(d, k=10):
    d = d.copy()
    np.fill_diagonal(d, np.inf)
    count = np.bincount(np.argsort(d, 1)[:, :k].ravel(), minlength=len(d))
    return ((count - count.mean()) ** 3).mean() / count.std() ** 3


def right(d, genres, artists):
    d = d.copy()
    d[artists[:, None] == artists[None]] = np.inf
    return genres[d.argmin(1)] == genres


def main(statistics_file, labels_file, out):
    rows = [line.strip().split(",") for line in open(statistics_file, encoding="utf-8")]
    labels = {os.path.basename(r["file"]): r for r in csv.DictReader(open(labels_file, encoding="utf-8"))}
    statistics = np.array([[float(v) for v in row[1:]] for row in rows])
    genres = np.array([labels[os.path.basename(row[0])]["genre"] for row in rows])
    artists = np.array([labels[os.path.basename(row[0])]["artist_group"] for row in rows])
    names = np.unique(artists)
    shares, skews = [], []
    for seed in range(4):
        fold_of = dict(zip(np.random.default_rng(seed).permutation(names), np.arange(len(names)) % 5))
        folds = np.array([fold_of[a] for a in artists])
        hits = np.zeros(len(rows), bool)
        for fold in range(5):
            known = folds != fold
            d = distances(statistics, *learn(statistics[known], genres[known]))
            hits[~known] = right(d, genres, artists)[~known]
            skews.append(hubness(d))
        shares.append(hits.mean())
    print(f"rank-1 genre agreement, query's artist unknown to the map: {np.mean(shares):.3f} "
          f"({min(shares):.3f} to {max(shares):.3f}); hubness {np.mean(skews):.2f}; {len(rows)} tracks, "
          f"{len(names)} artists")
    learnt = learn(statistics, genres)
    d = distances(statistics, *learnt)
    print(f"learnt on all (flatters): {right(d, genres, artists).mean():.3f}, hubness {hubness(d):.2f}")
    mean, scale, matrix = learnt
    with open(out, "w", encoding="ascii") as file:
        file.write("#pragma once\n\n// Written by tools/track_vector/train.py: do not edit.\n"
                   "namespace mla::audio::impl {\n\n// clang-format off\n")
        for name, values in (("kMean", mean), ("kScale", scale), ("kMap", matrix.ravel())):
            text = ", ".join(f"{v:.6e}F" for v in values)
            file.write(f"inline constexpr float {name}[] = {{{text}}};\n")
        file.write("// clang-format on\n\n}  // namespace mla::audio::impl\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
