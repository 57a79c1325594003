#!/usr/bin/env python3
"""A library of real music made from labelled tracks: what `similar`, paths and mixes are like. Prints
- of the first ten that `similar` names by sound, the share of the same genre, tracks of the artist left out, and what
  chance would give;
- steps of paths between random ends (mean and largest cosine distance) beside a walk from one nearest neighbour that
  is nearer to the end to the next, and beside the nearest track to each of equal steps;
- mixes of a listener alone, day after day: how many tracks two days share, how many artists a day has.
The files are copied with the artist of labels.csv alone in their tags, so that genres must be heard. Nothing was chosen
on these figures, but the track vector was learnt from these tracks (README names what it is worth without the artist).
Usage: bench/mixes.py ../shared/data/audio/emotify-dev [--program P] [--seed 1]"""

import argparse
import csv
import json
import math
import os
import random
import shutil
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEIGHBOURS, STEPS, MIX, DAYS, PAIRS = 10, 10, 20, 14, 100


def id3(title, artist):
    def size(n):
        return bytes((n >> shift) & 0x7F for shift in (21, 14, 7, 0))
    frames = b"".join(name + size(len(text) + 1) + b"\0\0\x03" + text
                      for name, text in ((b"TIT2", title.encode()), (b"TPE1", artist.encode())))
    return b"ID3\x04\0\0" + size(len(frames)) + frames


def without_id3(data):
    if data[:3] != b"ID3":
        return data
    a, b, c, d = data[6:10]
    return data[10 + (a << 21 | b << 14 | c << 7 | d):]


class Library:
    def __init__(self, folder, program):
        self.program, self.database = program, folder / "music.db"
        self.environment = os.environ | {"DATABASE_URL": f"sqlite:///{self.database}",
                                         "ML_MODEL_PATH": str(folder / "models")}

    def run(self, *words):
        return subprocess.run([self.program, *map(str, words)], env=self.environment, check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def ids(self, *words):
        return [one["track_id"] for one in json.loads(self.run(*words, "--json"))["recommendations"]]

    def rows(self, sql):
        with sqlite3.connect(self.database) as connection:
            return connection.execute(sql).fetchall()

    def next_day(self):
        with sqlite3.connect(self.database) as connection:
            connection.execute("UPDATE exposures SET day = day - 1")


def distance(a, b):
    return 1 - sum(x * y for x, y in zip(a, b))


def walk(vectors, start, end, count):
    path, used = [start], {start, end}
    while len(path) < count - 1:
        here = distance(vectors[path[-1]], vectors[end])
        nearer = [i for i in vectors if i not in used and distance(vectors[i], vectors[end]) < here]
        if not nearer:
            break
        path.append(min(nearer, key=lambda i: distance(vectors[i], vectors[path[-1]])))
        used.add(path[-1])
    return path + [end]


def by_waypoints(vectors, start, end, count):
    a, b = vectors[start], vectors[end]
    angle = math.acos(max(-1, min(1, 1 - distance(a, b))))
    path, used = [start], {start, end}
    for k in range(1, count - 1):
        t = k / (count - 1)
        point = [(math.sin((1 - t) * angle) * x + math.sin(t * angle) * y) / math.sin(angle) for x, y in zip(a, b)]
        path.append(min((i for i in vectors if i not in used), key=lambda i: distance(vectors[i], point)))
        used.add(path[-1])
    return path + [end]


def steps(vectors, path):
    return [distance(vectors[a], vectors[b]) for a, b in zip(path, path[1:])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--program", default=ROOT / "build" / "release" / "ml-analytics")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    folder = Path(tempfile.mkdtemp(prefix="mla_mixes_"))
    try:
        library, music = Library(folder, options.program), folder / "music"
        music.mkdir()
        labels = {}
        for row in csv.DictReader(open(options.data / "labels.csv", encoding="utf-8")):
            name = Path(row["file"]).name
            labels[name] = row
            sound = without_id3((options.data / name).read_bytes())
            (music / name).write_bytes(id3(row["title"] or name, row["artist_group"]) + sound)
        started = time.monotonic()
        library.run("import", "music-folder", music, "--analyze")
        took = time.monotonic() - started
        print(f"analysed        {len(labels)} tracks in {took:.1f} s, {len(labels) / took:.1f} files/s")
        library.run("train", "--model-type", "recommendation")
        genre, artist, vectors = {}, {}, {}
        for item, path, vector in library.rows("SELECT f.item, f.path, s.vector FROM library_files f JOIN library_sounds s "
                                               "ON s.payload = f.payload WHERE s.vector IS NOT NULL"):
            row = labels[Path(os.fsdecode(path)).name]
            genre[item], artist[item] = row["genre"], row["artist_group"]
            vectors[item] = struct.unpack("<13f", vector)

        shares, chance = [], []
        for item in sorted(vectors):
            others = [i for i in library.ids("similar", "--track", item, "--limit", 40) if artist[i] != artist[item]]
            shares.append(statistics.mean(genre[i] == genre[item] for i in others[:NEIGHBOURS]))
            rest = [i for i in vectors if artist[i] != artist[item]]
            chance.append(statistics.mean(genre[i] == genre[item] for i in rest))
        print(f"same genre      {statistics.mean(shares):.3f} of the first {NEIGHBOURS} of {len(shares)} tracks, by chance "
              f"{statistics.mean(chance):.3f}")

        kinds = {"path": [], "neighbour walk": [], "equal steps": []}
        for _ in range(PAIRS):
            start, end = draw.sample(sorted(vectors), 2)
            kinds["path"].append(library.ids("similar", "--track", start, "--to", end, "--limit", STEPS))
            kinds["neighbour walk"].append(walk(vectors, start, end, STEPS))
            kinds["equal steps"].append(by_waypoints(vectors, start, end, STEPS))
        for name, paths in kinds.items():
            all_steps = [steps(vectors, path) for path in paths]
            runs = sum(artist[a] == artist[b] for path in paths for a, b in zip(path, path[1:]))
            print(f"{name:15} mean step {statistics.mean(statistics.mean(s) for s in all_steps):.3f}, largest "
                  f"{statistics.mean(max(s) for s in all_steps):.3f}, tracks {statistics.mean(map(len, paths)):.1f}, "
                  f"{runs} pairs of one artist side by side")

        # A listener of two genres, 40 tracks heard a year ago.
        liked = [i for i in sorted(vectors) if genre[i] in ("classical", "electronic")]
        then = int(time.time()) - 365 * 86400
        heard = draw.sample(liked, min(40, len(liked)))
        (folder / "events.csv").write_text("user,item,timestamp\n" + "".join(
            f"me,{item},{then + 240 * k}\n" for k, item in enumerate(heard)))
        library.run("import", "events-csv", folder / "events.csv")
        library.run("train", "--model-type", "recommendation")
        days = []
        for _ in range(DAYS):
            mix = library.ids("recommend", "--user", "me", "--limit", MIX)
            again = library.ids("recommend", "--user", "me", "--limit", MIX)
            assert mix == again, "the same day, another mix"
            days.append(mix)
            library.next_day()
        shared = [len(set(a) & set(b)) / MIX for a, b in zip(days, days[1:])]
        artists = [len({artist[i] for i in day}) for day in days]
        most = [max(Counter(artist[i] for i in day).values()) for day in days]
        taste = [statistics.mean(genre[i] in ("classical", "electronic") for i in day) for day in days]
        print(f"mixes           {DAYS} days of {MIX} tracks of {len(vectors)}: the same all day; the next day shares "
              f"{statistics.mean(shared):.3f} (most {max(shared):.2f}); {len(set(sum(days, [])))} different tracks; artists "
              f"{min(artists)} to {max(artists)} a day, at most {max(most)} of one; of the listener's genres {statistics.mean(taste):.2f}, "
              f"first day {taste[0]:.2f}, last {taste[-1]:.2f}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
