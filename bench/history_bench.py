#!/usr/bin/env python3
"""Imports a generated Spotify history of many rows into a library and prints how long that takes, matching included.

Usage: bench/history_bench.py [rows] [owned tracks] [heard tracks]; the program is build/release/ml-analytics or
$MLA_PROGRAM. Names are made of syllables; half of the heard tracks are owned, written a little differently.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = os.environ.get("MLA_PROGRAM", str(Path(__file__).resolve().parent.parent / "build/release/ml-analytics"))
SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu ra re ri ro ru sa se si so su".split()
TAILS = ["", "", "", " - 2011 Remaster", " (feat. Somebody Else)", " - Radio Edit", " - Live"]


def words(rng, count):
    return " ".join("".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3))).title() for _ in range(count))


def run(environment, *arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, text=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{wall:7.2f} s  cpu {cpu:6.2f} s  peak {after.ru_maxrss // 1024:5} MiB   {' | '.join(done.stdout.strip().splitlines()[-2:])}",
          flush=True)


def main():
    rows, owned, heard = (int(sys.argv[i]) if len(sys.argv) > i else default
                          for i, default in ((1, 1_000_000), (2, 50_000), (3, 60_000)))
    rng = random.Random(7)
    artists = [words(rng, 2) for _ in range(owned // 12 + 1)]
    library = [(words(rng, 3) + (rng.choice(TAILS) if rng.random() < 0.3 else ""), rng.choice(artists), words(rng, 2),
                rng.randint(120_000, 400_000)) for _ in range(owned)]
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, DATABASE_URL=f"sqlite:///{folder}/bench.db")
        csv = Path(folder, "library.csv")
        with csv.open("w", encoding="utf-8") as out:
            out.write("id,title,artist,album,duration_ms,path\n")
            for i, (title, artist, album, millis) in enumerate(library):
                out.write(f"f{i},{title},{artist},{album},{millis},/music/{i}.flac\n")
        tracks = []
        for i in range(heard):
            title, artist, album, millis = (library[rng.randrange(owned)] if i % 2 else
                                            (words(rng, 3), rng.choice(artists), words(rng, 2), rng.randint(120_000, 400_000)))
            if i % 2 and rng.random() < 0.3:
                title = rng.choice([title.upper(), title + " (Remastered 2009)", title.replace(" - ", " (") + (")" if " - " in title else "")])
            tracks.append((title, artist, album, f"spotify:track:{i:022d}", millis))
        files = []
        moment = 1_400_000_000
        per_file = 16_000  # as Spotify cuts them
        for first in range(0, rows, per_file):
            listens = []
            for _ in range(min(per_file, rows - first)):
                title, artist, album, uri, millis = tracks[int(heard * rng.random() ** 2)]
                moment += rng.randint(30, 600)
                done = rng.random() < 0.7
                listens.append({
                    "ts": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)), "platform": "Android OS 12 API 32 (x, y)",
                    "ms_played": millis if done else rng.randint(0, millis), "conn_country": "DE", "ip_addr": "1.2.3.4",
                    "master_metadata_track_name": title, "master_metadata_album_artist_name": artist,
                    "master_metadata_album_album_name": album, "spotify_track_uri": uri, "episode_name": None,
                    "episode_show_name": None, "spotify_episode_uri": None, "reason_start": "trackdone",
                    "reason_end": "trackdone" if done else "fwdbtn", "shuffle": False, "skipped": not done,
                    "offline": False, "offline_timestamp": None, "incognito_mode": False})
            file = Path(folder, "spotify", f"Streaming_History_Audio_{len(files):03}.json")
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps(listens, indent=2), encoding="utf-8")
            files.append(file)
        print(f"{rows} rows in {len(files)} files of {sum(file.stat().st_size for file in files) >> 20} MiB, {heard} tracks heard, {owned} owned")
        print("library     ", end="")
        run(environment, "import", "catalogue-csv", str(csv))
        print("history     ", end="")
        run(environment, "import", "spotify-history", str(Path(folder, "spotify")))
        print("again       ", end="")
        run(environment, "import", "spotify-history", str(Path(folder, "spotify")))


if __name__ == "__main__":
    main()
