#!/usr/bin/env python3
"""What audio_features say of real music, rendered metres and speech: distributions, correlations, directions.

    bench/audio_features.py [--metres FOLDER] [--speech FILE…]

Over ../shared/data/audio/emotify-dev: percentiles of each feature and its median by genre, and rank correlations that
have to make sense; over ../shared/data/audio/clips: the features of six known recordings. --metres takes what
tools/audio_features/render_metres.py made. Numbers on Emotify are of tracks that energy, valence, acousticness and
voice were learnt from; tools/audio_features/train.py prints the held-out ones. Standard library only.
"""
import argparse
import collections
import csv
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared/data/audio"
NAMES = ["danceability", "energy", "valence", "acousticness", "instrumentalness", "speechiness", "liveness", "loudness", "tempo",
         "key", "mode", "time_signature"]


def analysed(paths):
    command = [ROOT / "build/release/ml-analytics", "analyze", *paths, "--json", "--without", "fingerprint"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {Path(line["file"]).name: line["audio_features"] for line in map(json.loads, lines) if "error" not in line}


def percentile(values, share):
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def ranks(values):
    order = sorted(range(len(values)), key=lambda i: values[i])
    result = [0.0] * len(values)
    i = 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in range(i, j + 1):
            result[order[k]] = (i + j) / 2
        i = j + 1
    return result


def spearman(pairs):
    a, b = (ranks(list(column)) for column in zip(*pairs))
    mean = (len(a) - 1) / 2
    product = sum((x - mean) * (y - mean) for x, y in zip(a, b))
    return product / (sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b)) ** 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metres", type=Path)
    parser.add_argument("--speech", nargs="*", default=[])
    args = parser.parse_args()
    with open(DATA / "emotify-dev/labels.csv", newline="") as file:
        labels = {row["file"]: row for row in csv.DictReader(file)}
    features = analysed([DATA / "emotify-dev"])
    genres = sorted({row["genre"] for row in labels.values()})
    print(f"{'feature':17} known    5 %   25 %   50 %   75 %   95 %   median of " + ", ".join(genres))
    for name in NAMES:
        known = {file: f[name] for file, f in features.items() if f[name] is not None}
        row = [percentile(known.values(), share) for share in (0.05, 0.25, 0.5, 0.75, 0.95)]
        medians = [percentile([v for file, v in known.items() if labels[file]["genre"] == genre], 0.5) for genre in genres]
        print(f"{name:17} {len(known):5}" + "".join(f"{v:7.2f}" for v in row) + "   " + " ".join(f"{v:7.2f}" for v in medians))
    print("\nrank correlations")

    def correlate(words, pairs):
        pairs = [p for p in pairs if None not in p]
        print(f"  {words:44} {spearman(pairs):+.2f}  ({len(pairs)} tracks)")

    def felt(file, *plus_minus):
        return sum(sign * float(labels[file][mood]) for sign, mood in plus_minus)

    correlate("energy, loudness", [(f["energy"], f["loudness"]) for f in features.values()])
    correlate("energy, power less calmness as felt",
              [(f["energy"], felt(n, (1, "power"), (-1, "calmness"))) for n, f in features.items()])
    correlate("energy, acousticness", [(f["energy"], f["acousticness"]) for f in features.values()])
    correlate("valence, joy less sadness as felt",
              [(f["valence"], felt(n, (1, "joyful_activation"), (-1, "sadness"))) for n, f in features.items()])
    correlate("danceability, joyful activation as felt",
              [(f["danceability"], felt(n, (1, "joyful_activation"))) for n, f in features.items()])
    print("\nknown recordings")
    shown = ["danceability", "energy", "valence", "acousticness", "instrumentalness", "speechiness", "liveness", "time_signature"]
    for name, f in sorted(analysed([DATA / "clips", *args.speech]).items()):
        print(f"  {name[:38]:38} " + " ".join(f"{s[:6]} {'null' if f[s] is None else round(f[s], 2)}" for s in shown))
    if args.metres:
        counts = collections.Counter((name.rsplit("-", 1)[1][0], f["time_signature"]) for name, f in analysed([args.metres]).items())
        print("\nmetres, rendered: said")
        for metre in sorted({m for m, _ in counts}):
            print(f"  {metre}: " + ", ".join(f"{said}: {n}" for (m, said), n in sorted(counts.items(), key=str) if m == metre))


if __name__ == "__main__":
    main()
