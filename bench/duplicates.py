#!/usr/bin/env python3
"""How well copies of a recording are told from other versions of it:

    bench/duplicates.py MUSIC [--midi SONGS] [--most 40] [--first 0]

Of every n-th file of MUSIC, from --first on, makes copies (other codecs and rates, quieter, silence before, a second cut
off) and what is none although it sounds much alike (its first half, played 6 % faster, a semitone higher at the same
speed, mixed with another recording at equal level, its second half in the place of the first). --midi SONGS (a folder of POP909
songs) adds songs played twice by the same synthesizer: as written and in another tempo, or by another instrument.
Indexes all and prints, for several values of --min-score, the share of pairs of copies that `fingerprint duplicates`
proposes, by kind, and how many pairs it proposes that are none, with the share of true ones among all it proposes.
Copies of one original are copies of each other. Needs ffmpeg; --midi needs fluidsynth, fluid-soundfont-gm and
pretty_midi.
"""

import argparse
import itertools
import json
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "ml-analytics"
SOUNDFONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
SCORES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)

# name: (ending, ffmpeg's arguments behind the input)
COPIES = {
    "flac": ("flac", ["-c:a", "flac"]),
    "mp3 128": ("mp3", ["-b:a", "128k"]),
    "mp3 64": ("mp3", ["-b:a", "64k"]),
    "aac 96": ("m4a", ["-b:a", "96k"]),
    "vorbis 64": ("ogg", ["-c:a", "libvorbis", "-b:a", "64k"]),
    "mono 22 kHz": ("wav", ["-ac", "1", "-ar", "22050"]),
    "6 dB quieter": ("flac", ["-af", "volume=-6dB"]),
    "silence before": ("flac", ["-af", "adelay=700:all=1"]),
    "a second cut": ("mp3", ["-ss", "1", "-b:a", "192k"]),
}
OTHERS = {
    "first half": ("flac", ["-af", "atrim=end={half}"]),
    "6 % faster": ("flac", ["-af", "asetrate={rate}*1.06,aresample={rate}"]),
    "a semitone up": ("flac", ["-af", "asetrate={rate}*1.0595,aresample={rate},atempo=0.9439"]),
    "halves swapped": ("flac", ["-filter_complex", "[0]asplit[x][y];[x]atrim=start={half},asetpts=PTS-STARTPTS[a];"
                                "[y]atrim=end={half}[b];[a][b]concat=n=2:v=0:a=1"]),
    "mixed with another": ("flac", ["-i", "{other}", "-filter_complex", "[0][1]amix=inputs=2:duration=shortest:normalize=0,volume=-6dB"]),
}


def told(track, entry):
    found = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", entry, "-of", "csv=p=0", track],
                           check=True, capture_output=True, text=True)
    return found.stdout.split()[0].strip(",")


def make(track, other, folder):
    """All versions of a track, and the track itself, as files of `folder`; returns {path: (what, is a copy)}."""
    values = {"half": f"{float(told(track, 'format=duration')) / 2:.3f}", "rate": told(track, "stream=sample_rate"), "other": other}
    made = {folder / f"{track.stem} original{track.suffix}": ("original", True)}
    next(iter(made)).write_bytes(track.read_bytes())
    for kinds, copy in ((COPIES, True), (OTHERS, False)):
        for name, (ending, arguments) in kinds.items():
            path = folder / f"{track.stem} {name}.{ending}"
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", "-i", track,
                            *(one.format(**values) for one in arguments), path], check=True)
            made[path] = (name, copy)
    return made


def render(song, folder):
    """A song of POP909 as written and as two others play it: no two of these are one recording."""
    import pretty_midi
    made = {}
    for name, slower, programs in (("as written", 1, None), ("in another tempo", 1.04, None), ("another instrument", 1, (4, 25))):
        path = folder / f"song {song.name} {name}.flac"
        midi = pretty_midi.PrettyMIDI(str(song / f"{song.name}.mid"))
        midi.adjust_times([0, midi.get_end_time()], [0, slower * midi.get_end_time()])
        for number, instrument in enumerate(midi.instruments):
            instrument.program = programs[number % 2] if programs else instrument.program
        with tempfile.TemporaryDirectory() as work:
            midi.write(f"{work}/a.mid")
            subprocess.run(["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", "44100", "-F", f"{work}/a.wav", SOUNDFONT, f"{work}/a.mid"],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-t", "60", "-i", f"{work}/a.wav", path], check=True)
        made[path] = (name, False)
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("music", type=Path)
    parser.add_argument("--midi", type=Path)
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    tracks = sorted(path for path in arguments.music.iterdir() if path.suffix in (".mp3", ".flac", ".ogg", ".wav"))
    tracks = tracks[arguments.first::max(1, len(tracks) // arguments.most)][:arguments.most]
    with tempfile.TemporaryDirectory(prefix="mla_duplicates_") as name:
        folder = Path(name) / "music"
        folder.mkdir()
        with ThreadPoolExecutor(2) as pool:
            made = list(pool.map(lambda i: make(tracks[i], tracks[i - 1], folder), range(len(tracks))))
            if arguments.midi:
                songs = sorted(path for path in arguments.midi.iterdir() if (path / f"{path.name}.mid").exists())
                made += list(pool.map(lambda song: render(song, folder), songs[arguments.first::2]))
        index = Path(name) / "all.index"
        subprocess.run([PROGRAM, "fingerprint", "index", folder, "--output", index], check=True, stdout=subprocess.DEVNULL)
        copies, what = {}, {}
        for number, versions in enumerate(made):
            what |= {path.name: (number, kind) for path, (kind, _) in versions.items()}
            for a, b in itertools.combinations(sorted(path.name for path, (_, copy) in versions.items() if copy), 2):
                copies[a, b] = {what[a][1], what[b][1]}
        print(f"{len(tracks)} tracks, {len(what)} files, {len(copies)} pairs of copies")
        print(f"{'--min-score':12}{'found':>8}{'true':>8}   proposed, but no copies")
        by_kind = {}
        for score in SCORES:
            lines = subprocess.run([PROGRAM, "fingerprint", "duplicates", index, "--json", "--min-score", str(score)],
                                   check=True, capture_output=True, text=True).stdout.splitlines()
            proposed = {pair for line in lines for pair in itertools.combinations(
                sorted(Path(file["file"]).name for file in json.loads(line)["files"]), 2)}
            wrong = Counter()
            for a, b in proposed - copies.keys():
                versions = {what[a][1], what[b][1]} - set(COPIES) - {"original"}
                same = what[a][0] == what[b][0] or "mixed with another" in versions
                wrong[" and ".join(sorted(versions)) if same else "other recordings"] += 1
            found = proposed & copies.keys()
            by_kind[score] = {kind: (sum(kind in copies[pair] for pair in found), sum(kind in kinds for kinds in copies.values()))
                              for kind in COPIES}
            print(f"{score:<12}{100 * len(found) / len(copies):7.1f}%{100 * len(found) / max(1, len(proposed)):7.1f}%   "
                  + ", ".join(f"{name}: {count}" for name, count in wrong.most_common()))
        print("\nfound, of the pairs in which a copy of this kind is one:")
        for kind in COPIES:
            print(f"{kind:16}" + "".join(f"{100 * found / total:8.1f}%" for found, total in (by_kind[s][kind] for s in SCORES)))


if __name__ == "__main__":
    main()
