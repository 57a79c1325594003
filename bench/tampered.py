#!/usr/bin/env python3
"""Published versions that somebody changed, as the program meets them: bench/tampered.py [COUNT]

Trains two versions of a small model in a temporary folder, changes a file of the first in one of seven ways, COUNT (500)
times with seed 5, and asks the program to verify it, to promote it and to recommend with it. Prints of each way how many
were refused by `models verify`, refused by `models promote`, and answered by another version in their place; and how
many runs were ended by a signal. Fails unless all were refused and none crashed.
"""

import collections
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / "build" / "release" / "ml-analytics"


def flipped(data, draw):
    changed = bytearray(data)
    for _ in range(draw.randrange(1, 5)):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def hostile(draw):
    """A header of safetensors that promises what is not there."""
    header = json.dumps({"weights": {"dtype": draw.choice(["F32", "F64", "X"]), "shape": [2 ** draw.randrange(1, 63)] * 2,
                                     "data_offsets": [draw.randrange(-5, 9), 2 ** draw.randrange(1, 63)]}}).encode()
    return struct.pack("<Q", draw.choice([len(header), 2 ** 63, 0, len(header) + 7])) + header + bytes(draw.randrange(64))


WAYS = {
    "flipped bits": lambda data, other, draw: flipped(data, draw),
    "cut off": lambda data, other, draw: data[:draw.randrange(len(data))],
    "bytes behind the end": lambda data, other, draw: data + bytes(draw.randrange(1, 65)),
    "another version's file": lambda data, other, draw: other,
    "noise": lambda data, other, draw: draw.randbytes(len(data)),
    "hostile header": lambda data, other, draw: hostile(draw),
    "gone": lambda data, other, draw: None,
}


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.models = folder / "models"
        self.environment = {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{folder}/bench.db",
                            "ML_MODEL_PATH": str(self.models), "LOG_LEVEL": "error"}
        self.crashed = 0

    def run(self, *words):
        done = subprocess.run([PROGRAM, *words], env=self.environment, capture_output=True, text=True, errors="replace",
                              check=False)
        self.crashed += done.returncode < 0
        return done

    def works(self, *words):
        done = self.run(*words)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return done.stdout

    def prepare(self):
        draw = random.Random(1)
        events = self.folder / "events.csv"
        rows = {(user, draw.randrange(60)) for user in range(40) for _ in range(15)}
        events.write_text("user,item\n" + "".join(f"u{user},i{item}\n" for user, item in sorted(rows)))
        self.works("import", "events-csv", str(events))
        for depth in ("5", "50"):
            self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn", "--params",
                       json.dumps({"neighbours": int(depth)}))
        self.works("models", "rollback", "item_knn")  # the first is champion, and is what is changed

    def try_one(self, way, draw):
        """(refused by verify, refused by promote, answered by the other)"""
        name = "model.safetensors" if way == "hostile header" else draw.choice(["manifest.json", "model.safetensors"])
        target = self.models / "item_knn" / "1" / name
        good = target.read_bytes()
        other = (self.models / "item_knn" / "2" / name).read_bytes()
        changed = WAYS[way](good, other, draw)
        if changed is None:
            target.unlink()
        else:
            target.write_bytes(changed if changed != good else good[:-1])
        verified = self.run("models", "verify", "item_knn/1").returncode == 1
        promoted = self.run("models", "promote", "item_knn/1", "--force").returncode == 1
        asked = self.run("recommend", "--user", "u0", "--algorithm", "item_knn", "--json")
        # A flipped weight is noticed by the background look of a server, not by a command that reads no hash.
        elsewhere = asked.returncode == 0 and json.loads(asked.stdout)["model"] == "item_knn/2"
        target.write_bytes(good)
        return verified, promoted, elsewhere


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    folder = Path(tempfile.mkdtemp())
    try:
        bench = Bench(folder)
        bench.prepare()
        draw = random.Random(5)
        seen = collections.defaultdict(list)
        for i in range(count):
            way = list(WAYS)[i % len(WAYS)]
            seen[way].append(bench.try_one(way, draw))
        whole = bench.run("models", "verify", "item_knn").returncode == 0
        print(f"{'way':24} {'tried':>6} {'not verified':>13} {'not promoted':>13} {'other answered':>15}")
        for way, results in seen.items():
            sums = [sum(column) for column in zip(*results)]
            print(f"{way:24} {len(results):6} {sums[0]:13} {sums[1]:13} {sums[2]:15}")
        everything = [one for results in seen.values() for one in results]
        refused = sum(one[0] and one[1] for one in everything)
        print(f"refused {refused} of {len(everything)}, ended by a signal {bench.crashed}; "
              f"with the good files back {'whole' if whole else 'NOT whole'}")
        return 0 if refused == len(everything) and bench.crashed == 0 and whole else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
