#!/usr/bin/env python3
"""A music folder of short made-up files in four formats: first scan, unchanged rescans, and one after changes.
Prints files a second, milliseconds, and the largest memory. Usage: bench/library.py [--files 10000] [--program P]"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import music_files  # noqa: E402


def scan(program, music, environment):
    started = time.monotonic()
    process = subprocess.Popen([program, "import", "music-folder", music], env=environment, stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"import failed: {status}")
    return time.monotonic() - started, usage.ru_maxrss / 1024, output.decode().strip().splitlines()[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--program", default=ROOT / "build" / "release" / "ml-analytics")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mla_library_"))
    try:
        music = folder / "music"
        music_files.write_library(music, options.files)
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/music.db"}
        seconds, megabytes, said = scan(options.program, music, environment)
        print(f"first scan      {seconds:7.2f} s  {options.files / seconds:7.0f} files/s  {megabytes:5.0f} MB   {said}")
        again = [scan(options.program, music, environment) for _ in range(5)]
        print(f"unchanged       {statistics.median(t for t, _, _ in again):7.2f} s  (median of 5)      "
              f"{max(m for _, m, _ in again):5.0f} MB   {again[-1][2]}")
        for song in range(0, options.files, 100):
            old = music_files.song_path(music, song)
            old.rename(old.with_name("moved-" + old.name))
        seconds, megabytes, said = scan(options.program, music, environment)
        print(f"1 % moved       {seconds:7.2f} s                      {megabytes:5.0f} MB   {said}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
