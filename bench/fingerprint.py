#!/usr/bin/env python3
"""How well snippets are found again:

    bench/fingerprint.py MUSIC [--clips FOLDER] [--seconds 5 10] [--seed 1] [--same 172=175] [--foreign FOLDER…]

Cuts one clip of each length out of every file of MUSIC at a seeded place and makes versions of it with ffmpeg: clean,
MP3 at 64 kb/s, white and pink noise 10 dB below the clip, played 2.5 % faster and slower (pitch and tempo), and the same
by tempo alone. Indexes all files and prints the share of clips whose best match is their file; then indexes one half
(every other file) and asks it for clips of the other half, where every answer is false. Ends with bytes a track.
--foreign asks the index of all files for the clips, and for the whole files, of other folders of music (with which no
limit was set), and indexes of those for the clips of MUSIC: every answer is false, and the highest scores are printed.
"""

import argparse
import array
import json
import math
import random
import subprocess
import sys
import tempfile
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "ml-analytics"
RATE = 44100
VERSIONS = {"clean": "flac", "mp3_64k": "mp3", "white_10dB": "flac", "pink_10dB": "flac", "speed_+2.5%": "flac",
            "speed_-2.5%": "flac", "tempo_+2.5%": "flac", "tempo_-2.5%": "flac"}


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-y", *map(str, arguments)], check=True)


def rms(path):
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))[::5]
    return math.sqrt(sum(x * x for x in samples) / max(1, len(samples))) / 32768


def noise_levels(folder):
    """The level of ffmpeg's noise of each colour at amplitude 1."""
    levels = {}
    for colour in ("white", "pink"):
        path = folder / f"{colour}.wav"
        ffmpeg("-f", "lavfi", "-i", f"anoisesrc=color={colour}:seed=1:amplitude=0.5:duration=10:sample_rate={RATE}", path)
        levels[colour] = 2 * rms(path)
    return levels


def make_clips(track, number, seconds, seed, folder, levels):
    draw = random.Random(f"{seed} {number} {seconds}")
    told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", track],
                          check=True, capture_output=True, text=True)
    longest = seconds * 1.05 + 0.2
    start = draw.uniform(0, max(0.0, float(told.stdout) - longest))
    names = {version: folder / version / str(seconds) / f"{track.stem}.{ending}" for version, ending in VERSIONS.items()}
    if all(path.exists() for path in names.values()):
        return
    for path in names.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(suffix=".wav", dir=folder) as cut:
        ffmpeg("-ss", f"{start:.4f}", "-t", longest, "-i", track, "-ac", 1, "-ar", RATE, cut.name)
        level = rms(cut.name)
        noise = {colour: level * 10 ** (-10 / 20) / levels[colour] for colour in levels}
        graph = f"[0]asplit={len(VERSIONS)}" + "".join(f"[s{n}]" for n in range(len(VERSIONS)))
        graph += ";[s0]anull[a0];[s1]anull[a1]"
        for n, colour in ((2, "white"), (3, "pink")):
            # Amplitudes above 1 are refused: the noise is made small and raised.
            graph += (f";anoisesrc=color={colour}:seed={draw.randrange(1 << 31)}:amplitude=0.1:duration={longest}:"
                      f"sample_rate={RATE},volume={10 * noise[colour]:.8f}[n{n}]"
                      f";[s{n}][n{n}]amix=inputs=2:duration=first:normalize=0[a{n}]")
        graph += f";[s4]asetrate={round(RATE * 1.025)},aresample={RATE}[a4];[s5]asetrate={round(RATE * 0.975)},aresample={RATE}[a5]"
        graph += ";[s6]atempo=1.025[a6];[s7]atempo=0.975[a7]"
        outputs = []
        for n, (version, path) in enumerate(names.items()):
            outputs += ["-map", f"[a{n}]", "-t", seconds]
            outputs += ["-b:a", "64k"] if version == "mp3_64k" else ["-sample_fmt", "s16"]
            outputs.append(path)
        ffmpeg("-i", cut.name, "-filter_complex", graph, *outputs)


def music_files(folder):
    return sorted(path for path in folder.iterdir() if path.suffix in (".mp3", ".flac", ".ogg", ".wav"))


def make_index(files, path):
    subprocess.run([PROGRAM, "fingerprint", "index", *files, "--output", path], check=True, stdout=subprocess.DEVNULL)


def identify(index, clips, *words):
    told = subprocess.run([PROGRAM, "fingerprint", "identify", "--json", *words, "--index", index, *clips], check=False,
                          capture_output=True, text=True)
    if told.returncode not in (0, 1):
        sys.exit(told.stderr)
    return {Path(line["file"]).stem: line for line in map(json.loads, told.stdout.splitlines())}


def best(line):
    return Path(line["matches"][0]["file"]).stem if line.get("matches") else None


def print_strangers(what, index, clips):
    """The scores that clips reach in an index which does not hold them."""
    scores = sorted((line["matches"][0]["score"] if line.get("matches") else 0
                     for line in identify(index, clips, "--min-score", "5").values()), reverse=True)
    answers = sum(bool(line.get("matches")) for line in identify(index, clips).values())
    print(f"{what:44}{len(scores):7} asked, {answers} answers; highest scores "
          f"{' '.join(map(str, scores[:5]))}, one of a hundred {scores[len(scores) // 100]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("music", type=Path)
    parser.add_argument("--clips", type=Path, help="keep the clips there, for the next run")
    parser.add_argument("--seconds", type=int, nargs="+", default=[5, 10])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--same", nargs="*", default=[], metavar="A=B", help="names of files that hold the same recording")
    parser.add_argument("--foreign", type=Path, nargs="*", default=[])
    parser.add_argument("--only-clips", action="store_true", help="make the clips and stop")
    arguments = parser.parse_args()
    tracks = music_files(arguments.music)
    with tempfile.TemporaryDirectory(prefix="mla_fingerprint_") as name:
        work = Path(name)
        folder = arguments.clips or work / "clips"
        folder.mkdir(parents=True, exist_ok=True)
        levels = noise_levels(work)
        for seconds in arguments.seconds:
            with ThreadPoolExecutor(1 if arguments.clips else 2) as pool:
                list(pool.map(lambda pair, s=seconds: make_clips(pair[1], pair[0], s, arguments.seed, folder, levels),
                              enumerate(tracks)))
        if arguments.only_clips:
            return
        indexes = [work / "all.index", work / "half.index"]
        for index, what in zip(indexes, (tracks, tracks[::2])):
            make_index(what, index)
        same = dict(pair.split("=") for pair in arguments.same)
        same |= {b: a for a, b in same.items()}
        print(f"{'version':14}{'seconds':>8}{'top-1':>9}{'no answer':>11}{'wrong':>7}{'false accepts (outside the index)':>35}")
        for seconds in arguments.seconds:
            for version in VERSIONS:
                clips = sorted((folder / version / str(seconds)).iterdir())
                answers = identify(indexes[0], clips)
                right = sum(best(line) in (stem, same.get(stem)) for stem, line in answers.items() if best(line))
                none = sum(best(line) is None for line in answers.values())
                outside = {track.stem for track in tracks[1::2]}
                strange = identify(indexes[1], [clip for clip in clips if clip.stem in outside])
                false = sum(best(line) not in (None, same.get(stem)) for stem, line in strange.items())
                print(f"{version:14}{seconds:8}{100 * right / len(answers):8.1f}%{none:11}{len(answers) - right - none:7}"
                      f"{false:20} of {len(strange)}")
        for number, foreign in enumerate(arguments.foreign):
            strange, index = work / f"strange{number}", work / f"strange{number}.index"
            strange.mkdir()
            for seconds in arguments.seconds:
                with ThreadPoolExecutor(2) as pool:
                    list(pool.map(lambda pair, s=seconds: make_clips(pair[1], pair[0], s, arguments.seed, strange, levels),
                                  enumerate(music_files(foreign))))
            make_index(music_files(foreign), index)
            print_strangers(f"{foreign.name}, whole, in {arguments.music.name}", indexes[0], music_files(foreign))
            print_strangers(f"{arguments.music.name}, whole, in {foreign.name}", index, tracks)
            for seconds in arguments.seconds:
                for version in VERSIONS:
                    of = f"{version}, {seconds} s"
                    print_strangers(f"{foreign.name}, {of}", indexes[0], music_files(strange / version / str(seconds)))
                    print_strangers(f"{arguments.music.name} in {foreign.name}, {of}", index,
                                    music_files(folder / version / str(seconds)))
        print(f"index: {indexes[0].stat().st_size / len(tracks):.0f} bytes a track ({len(tracks)} tracks)")


if __name__ == "__main__":
    main()
