#!/usr/bin/env python3
"""How fast and how large the core analysis is: bench/audio_speed.py [--librosa PYTHON] [--files 10000].

Prints, from one run, how many times real time (wall, and processor time, which a busy machine changes less) `analyze`
reaches on one core and on two (one process a core, the start of the program included), ffmpeg's decoding alone, and
librosa for the same descriptors if PYTHON has it (tools/audio_golden/requirements.txt); peak memory of the largest
process; then seconds and memory a thousand files over --files links to a short one. Needs ffmpeg. Medians of three.
"""

import argparse
import math
import os
import random
import resource
import statistics
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "ml-analytics"
LIBROSA = """
import sys, librosa, numpy as np, time
y, sr = librosa.load(sys.argv[1], sr=22050, duration=120)
def all_of():
    S = np.abs(librosa.stft(y)); P = S ** 2
    librosa.feature.mfcc(S=librosa.power_to_db(librosa.feature.melspectrogram(S=P, sr=sr)), n_mfcc=13)
    librosa.feature.chroma_stft(S=P, sr=sr); librosa.feature.spectral_centroid(S=S, sr=sr)
    librosa.feature.spectral_bandwidth(S=S, sr=sr); librosa.feature.spectral_rolloff(S=S, sr=sr)
    librosa.feature.spectral_flatness(S=S); librosa.feature.spectral_contrast(S=S, sr=sr)
    librosa.feature.zero_crossing_rate(y); librosa.feature.rms(S=S); librosa.beat.beat_track(y=y, sr=sr)
all_of()
begin = time.time(); all_of(); print((time.time() - begin) * 600 / (len(y) / sr))
"""


def song(path, seconds, rate=44100):
    """A made-up song as 128 kb/s mp3: chords, bass, a beat and noise."""
    draw, samples = random.Random(1), []
    for n in range(rate * 20):
        t = n / rate
        root = 110 * 2 ** ([0, 5, 7, 3][int(t / 2) % 4] / 12)
        value = 0.2 * sum(math.sin(2 * math.pi * root * ratio * t) for ratio in (1, 2, 2.5, 3))
        value += 0.5 * math.exp(-(t % 0.5) * 30) * math.sin(2 * math.pi * 60 * t) + draw.gauss(0, 0.02)
        samples.append(max(-32767, min(32767, int(14000 * value))))
    wav = path.with_suffix(".raw")
    wav.write_bytes(struct.pack(f"<{len(samples)}h", *samples) * (seconds // 20))
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", wav, "-ac", "2",
                    "-b:a", "128k", path], check=True)


def timed(command):
    """(wall, processor) seconds of the command and all that it started."""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median(command):
    runs = [timed(command) for _ in range(3)]
    return tuple(statistics.median(run[i] for run in runs) for i in (0, 1))


def many_files(folder, count):
    small = folder / "small.mp3"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-t", "3", "-i", folder / "song0.mp3", "-c", "copy", small], check=True)
    (folder / "many").mkdir()
    for n in range(count):
        os.link(small, folder / "many" / f"{n:05}.mp3")
    output = folder / "many.ndjson"
    process = subprocess.Popen([PROGRAM, "analyze", folder / "many", "--output", output, "--jobs", "2"],
                               stdout=subprocess.DEVNULL)
    begin, done = time.monotonic(), 0
    threading.Thread(target=process.wait, daemon=True).start()
    while process.returncode is None:
        time.sleep(0.05)
        lines = output.read_bytes().count(b"\n") if output.exists() else 0
        if lines // 1000 > done // 1000 or (lines == count and done < count):
            pids = [process.pid] + [int(p) for p in subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True,
                                                                   text=True, check=False).stdout.split()]
            rss = []
            for pid in pids:
                try:
                    rss.append(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6)
                except OSError:
                    pass
            print(f"{lines:6} files  {time.monotonic() - begin:7.1f} s  memory of parent and workers, MB: "
                  + ", ".join(f"{r:.0f}" for r in rss))
        done = lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--librosa", metavar="PYTHON")
    parser.add_argument("--files", type=int, default=10000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mla_audio_speed_") as name:
        folder = Path(name)
        seconds = 600
        song(folder / "song0.mp3", seconds)
        songs = [folder / f"song{n}.mp3" for n in range(4)]
        for path in songs[1:]:
            path.write_bytes(songs[0].read_bytes())
        decode = median(["ffmpeg", "-v", "error", "-threads", "1", "-i", songs[0], "-f", "null", "-"])
        one = median([PROGRAM, "analyze", "--jobs", "1", *songs])
        two = median([PROGRAM, "analyze", "--jobs", "2", *songs])
        print("times real time:             wall  processor")
        print(f"decoding alone (ffmpeg)   {seconds / decode[0]:7.0f} {seconds / decode[1]:10.0f}")
        print(f"analyze, one core         {4 * seconds / one[0]:7.0f} {4 * seconds / one[1]:10.0f}")
        print(f"analyze, two cores        {4 * seconds / two[0]:7.0f}   {one[0] / two[0]:.2f} x one core")
        print(f"peak memory               {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:6.0f} MB")
        if arguments.librosa:
            told = subprocess.run([arguments.librosa, "-c", LIBROSA, songs[0]], check=True, capture_output=True, text=True,
                                  env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
            theirs = float(told.stdout)
            print(f"librosa without decoding  {seconds / theirs:6.0f} x real time; analyze is {theirs / (one[0] / 4):.1f} x as fast")
        if arguments.files:
            many_files(folder, arguments.files)


if __name__ == "__main__":
    main()
