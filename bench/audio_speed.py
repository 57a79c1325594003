#!/usr/bin/env python3
"""How fast and how large the core analysis is: bench/audio_speed.py [--librosa PYTHON] [--files 10000] [--music FOLDER].

Prints, from one run, how many times real time (wall, and processor time, which a busy machine changes less) `analyze`
reaches on one core and on two (one process a core, the start of the program included), and ffmpeg's decoding alone; what
quality, fingerprints, genre and mood, each and all, add to the processor time of the core on songs of four minutes
(medians and quartiles over rounds of each against the core of the same round; of a longer file fingerprints hear the
first two minutes too, and cost less); peak memory of the largest process; librosa for what the core computes, file to
numbers, if PYTHON has it (tools/audio_golden/requirements.txt): once as its users write it, each function from the samples, once with what can be
shared shared by hand (librosa's start, seconds of imports, is left out; ours, a tenth of a second, is in the time of
the folder of eight ten-minute songs); then seconds and memory a thousand files over --files links to a short one, and
those of a file of --hours. --music takes mp3 files of that folder, several in a row, in the place of made-up songs of
four minutes. Needs ffmpeg. Medians; what is compared runs by turns.
"""

import argparse
import math
import os
import random
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "ml-analytics"
AFTER_THE_CORE = ("quality", "fingerprint", "genre-mood")
# What `analyze` computes, in librosa: once as its users write it, once sharing by hand what can be shared.
LIBROSA = """
import sys, time, librosa, numpy as np
F = librosa.feature
def written():
    y, sr = librosa.load(sys.argv[1])
    mfcc = F.mfcc(y=y, sr=sr, n_mfcc=13); F.delta(mfcc)
    F.chroma_stft(y=y, sr=sr); F.spectral_centroid(y=y, sr=sr); F.spectral_bandwidth(y=y, sr=sr)
    F.spectral_rolloff(y=y, sr=sr); F.spectral_flatness(y=y); F.spectral_contrast(y=y, sr=sr)
    F.zero_crossing_rate(y); F.rms(y=y); librosa.onset.onset_strength(y=y, sr=sr); F.tempogram(y=y, sr=sr)
    librosa.beat.beat_track(y=y, sr=sr); librosa.estimate_tuning(y=y, sr=sr); F.chroma_cqt(y=y, sr=sr)
    return len(y) / sr
def shared():
    y, sr = librosa.load(sys.argv[1])
    S = np.abs(librosa.stft(y)); P = S ** 2; tuning = librosa.estimate_tuning(S=S, sr=sr)
    mel = librosa.power_to_db(F.melspectrogram(S=P, sr=sr)); mfcc = F.mfcc(S=mel, n_mfcc=13); F.delta(mfcc)
    F.chroma_stft(S=P, sr=sr, tuning=tuning); F.spectral_centroid(S=S, sr=sr); F.spectral_bandwidth(S=S, sr=sr)
    F.spectral_rolloff(S=S, sr=sr); F.spectral_flatness(S=S); F.spectral_contrast(S=S, sr=sr)
    F.zero_crossing_rate(y); F.rms(S=S); onsets = librosa.onset.onset_strength(S=mel, sr=sr)
    F.tempogram(onset_envelope=onsets, sr=sr); librosa.beat.beat_track(onset_envelope=onsets, sr=sr)
    F.chroma_cqt(y=y, sr=sr, tuning=tuning)
    return len(y) / sr
for way in written, shared:
    way()
    times = []
    for _ in range(3):
        begin = time.process_time(); seconds = way(); times.append(time.process_time() - begin)
    print(seconds / sorted(times)[1])
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


def by_turns(commands, rounds):
    """Median (wall, processor) seconds of each command, run by turns: a machine whose speed drifts drifts for all."""
    runs = [[timed(command) for command in commands] for _ in range(rounds)]
    return [tuple(statistics.median(run[n][i] for run in runs) for i in (0, 1)) for n in range(len(commands))]


def on_top(core, others, rounds):
    """Quartiles of the share of processor time that each of `others` takes beyond `core`, round by round; the order turns."""
    shares = [[] for _ in others]
    for number in range(rounds):
        order = list(range(-1, len(others)))
        seconds = {n: timed(core if n < 0 else others[n])[1] for n in (order if number % 2 == 0 else reversed(order))}
        for n, of_round in enumerate(shares):
            of_round.append(100 * (seconds[n] / seconds[-1] - 1))
    return [statistics.quantiles(of_round, n=4, method="inclusive") for of_round in shares]


def four_minutes(folder, music):
    """Four songs of about four minutes: mp3 frames may follow each other as they like."""
    clips = sorted(music.glob("*.mp3")) if music else []
    songs = [folder / f"four{n}.mp3" for n in range(4)]
    for n, path in enumerate(songs):
        if music:
            seconds, data = 0, b""
            for clip in clips[n::4]:
                told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", clip],
                                      check=True, capture_output=True, text=True)
                seconds, data = seconds + float(told.stdout), data + clip.read_bytes()
                if seconds > 235:
                    break
            path.write_bytes(data)
        else:
            subprocess.run(["ffmpeg", "-v", "error", "-t", "240", "-i", folder / "song0.mp3", "-c", "copy", path], check=True)
    return songs


def median(command):
    return by_turns([command], 3)[0]


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


def long_file(folder, hours):
    """The ten-minute song over and over: mp3 frames may follow each other as they like."""
    path = folder / "long.mp3"
    with path.open("wb") as file:
        for _ in range(6 * hours):
            file.write((folder / "song0.mp3").read_bytes())
    begin = time.monotonic()
    told = subprocess.run([sys.executable, "-c", "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True,"
                           " stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
                           PROGRAM, "analyze", "--jobs", "1", path], check=True, capture_output=True, text=True)
    print(f"a file of {hours:2} hours        {3600 * hours / (time.monotonic() - begin):7.0f}   {int(told.stdout) / 1024:.0f} MB")
    path.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--librosa", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=5, help="of one run of each, by turns")
    parser.add_argument("--parts-rounds", type=int, default=11, help="the same for what the parts add")
    parser.add_argument("--parts-only", action="store_true", help="stop after that")
    parser.add_argument("--music", type=Path, metavar="FOLDER")
    parser.add_argument("--files", type=int, default=10000)
    parser.add_argument("--hours", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mla_audio_speed_") as name:
        folder = Path(name)
        seconds = 600
        song(folder / "song0.mp3", seconds)
        songs = [folder / f"song{n}.mp3" for n in range(8)]
        for path in songs[1:]:
            path.write_bytes(songs[0].read_bytes())
        analyze = [PROGRAM, "analyze", "--jobs", "1"]
        core_only = ["--without", ",".join(AFTER_THE_CORE)]
        four = four_minutes(folder, arguments.music)
        without = [",".join(other for other in AFTER_THE_CORE if other != part) for part in AFTER_THE_CORE]
        shares = on_top(analyze + core_only + four, [analyze + ["--without", others, *four] for others in without]
                        + [analyze + four], arguments.parts_rounds)
        print("on top of the core's processor time, four-minute songs:")
        for part, (low, middle, high) in zip((*AFTER_THE_CORE, "all"), shares):
            print(f"    {part:14}{middle:6.1f} %   (quartiles {low:.1f}, {high:.1f})")
        if arguments.parts_only:
            return
        decode = median(["ffmpeg", "-v", "error", "-threads", "1", "-i", songs[0], "-f", "null", "-"])
        core, core_two, one = by_turns([analyze + core_only + songs, [PROGRAM, "analyze", "--jobs", "2", *core_only, *songs],
                                        analyze + songs], arguments.rounds)
        total = len(songs) * seconds
        print("times real time:             wall  processor")
        print(f"decoding alone (ffmpeg)   {seconds / decode[0]:7.0f} {seconds / decode[1]:10.0f}")
        print(f"the core, one core        {total / core[0]:7.0f} {total / core[1]:10.0f}")
        print(f"the core, two cores       {total / core_two[0]:7.0f}   {core[0] / core_two[0]:.2f} x one core")
        print(f"everything, one core      {total / one[0]:7.0f} {total / one[1]:10.0f}")
        print(f"peak memory               {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:6.0f} MB")
        if arguments.librosa:
            short = folder / "short.mp3"
            subprocess.run(["ffmpeg", "-v", "error", "-t", "120", "-i", songs[0], "-c", "copy", short], check=True)
            told = subprocess.run([arguments.librosa, "-c", LIBROSA, short], check=True, capture_output=True, text=True,
                                  env=os.environ | {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                                                           "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")})
            for way, speed in zip(("as its users write it", "shared by hand"), map(float, told.stdout.split())):
                print(f"librosa, {way:21} {speed:5.0f} x real time; the core is {total / core[1] / speed:.1f} x as fast")
        if arguments.files:
            many_files(folder, arguments.files)
        for hours in (1, arguments.hours) if arguments.hours else ():
            long_file(folder, hours)


if __name__ == "__main__":
    main()
