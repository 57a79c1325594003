#!/usr/bin/env python3
"""Renders POP909 songs (MIDI with beat, chord and key annotations) as the audio that bench/rhythm.sh measures on.

Each song gives three files, seeded by its name, so that a run on part of the songs gives the same files:
  NNN-plain.mp3   the whole song as written, piano
  NNN-varied.mp3  the whole song, transposed, at another level, equalised, with noise, 64 to 192 kb/s
  NNN-band.mp3    90 seconds of it, tracks left out or played by other General MIDI instruments, varied as well
and beside each `.json`: tempo (60 / median inter-beat interval), beats, downbeats, key segments and chords, cut and
transposed like the audio. Needs fluidsynth, fluid-soundfont-gm, ffmpeg and the packages of requirements.txt.
"""
import argparse
import json
import random
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pretty_midi

warnings.filterwarnings("ignore")
NAMES = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"]
CLASS = {n: i for i, n in enumerate(NAMES)} | {"C#": 1, "D#": 3, "F#": 6, "G#": 8, "A#": 10, "Cb": 11, "E#": 5, "Fb": 4, "B#": 0}
MELODY = [0, 11, 40, 56, 65, 73, 52, 80]      # piano, vibraphone, violin, trumpet, sax, flute, choir, lead
ACCOMPANIMENT = [0, 0, 4, 24, 25, 48, 46, 6]  # piano twice, electric piano, guitars, strings, harp, harpsichord
EXCERPT = 90.0


def shift_label(label, steps):
    if ":" not in label:
        return label
    root, rest = label.split(":", 1)
    return NAMES[(CLASS[root] + steps) % 12] + ":" + rest


def segments(path, steps, start, end):
    """Rows `from to label`, cut to [start, end) and moved so that start is 0."""
    rows = []
    for line in Path(path).read_text().splitlines():
        if line.strip():
            begin, stop, label = line.split("\t")
            begin, stop = max(float(begin), start), min(float(stop), end)
            if stop > begin:
                rows.append([round(begin - start, 4), round(stop - start, 4), shift_label(label.strip(), steps)])
    return rows


def cut(midi, start, end):
    midi.time_signature_changes, midi.key_signature_changes, midi.lyrics, midi.text_events = [], [], [], []
    for instrument in midi.instruments:
        kept = []
        for note in instrument.notes:
            if start <= note.start < end:
                note.start, note.end = note.start - start, min(note.end, end) - start
                kept.append(note)
        instrument.notes = kept
        instrument.pitch_bends = []
        instrument.control_changes = [c for c in instrument.control_changes if start <= c.time < end]
        for change in instrument.control_changes:
            change.time -= start


def filters(rng, varied):
    if not varied:
        return "anull"
    chain = [f"volume={rng.uniform(-20, 3):.1f}dB",
             f"bass=g={rng.uniform(-8, 8):.1f}:f=150", f"treble=g={rng.uniform(-9, 6):.1f}:f=4000"]
    return ",".join(chain)


def render(song, kind, out, soundfont):
    rng = random.Random(f"{song.name}-{kind}")
    midi = pretty_midi.PrettyMIDI(str(song / f"{song.name}.mid"))
    beats = np.loadtxt(song / "beat_midi.txt")
    start, end, steps = 0.0, midi.get_end_time() + 1.0, 0
    if kind != "plain":
        steps = rng.randint(-6, 5)
        for instrument in midi.instruments:
            for note in instrument.notes:
                note.pitch = min(127, max(0, note.pitch + steps))
    if kind == "band":
        start = rng.uniform(0, max(0.0, end - EXCERPT - 10))
        end = min(end, start + EXCERPT)
        cut(midi, start, end)
        leave_out = rng.choice([None, "MELODY", "MELODY", "BRIDGE", "MELODY+BRIDGE"])
        for instrument in midi.instruments:
            name = instrument.name
            instrument.program = rng.choice(ACCOMPANIMENT if name == "PIANO" else MELODY)
            level = rng.uniform(0.5, 1.0)
            for note in instrument.notes:
                note.velocity = max(1, int(note.velocity * level))
        if leave_out:
            midi.instruments = [i for i in midi.instruments if i.name not in leave_out.split("+")]
    stem = out / f"{song.name}-{kind}"
    midi.write(f"{stem}.mid")
    dry = ["-R", "0", "-C", "0"] if rng.random() < 0.5 else []
    subprocess.run(["fluidsynth", "-ni", "-q", *dry, "-g", "0.5", "-r", "44100" if kind == "plain" else "22050",
                    "-F", f"{stem}.wav", soundfont, f"{stem}.mid"], check=True, stdout=subprocess.DEVNULL)
    noise = rng.uniform(0.0005, 0.01) if kind != "plain" else 0.00001
    graph = (f"[0:a]{filters(rng, kind != 'plain')}[m];"
             f"anoisesrc=c={rng.choice(['white', 'pink'])}:a={noise}:s={rng.randint(1, 9999)}:r=22050[n];"
             "[m][n]amix=inputs=2:duration=first:normalize=0[o]")
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-i", f"{stem}.wav", "-t", f"{end - start:.3f}", "-filter_complex", graph, "-map", "[o]",
                    "-ac", "1", "-b:a", rng.choice(["64k", "96k"]) if kind != "plain" else "96k", f"{stem}.mp3"],
                   check=True)
    Path(f"{stem}.wav").unlink()
    Path(f"{stem}.mid").unlink()
    inside = (beats[:, 0] >= start) & (beats[:, 0] < end)
    times = beats[inside, 0] - start
    truth = {"song": song.name, "kind": kind, "tempo": 60.0 / float(np.median(np.diff(times))),
             "beats": [round(float(t), 4) for t in times],
             "downbeats": [round(float(t), 4) for t in beats[inside & (beats[:, 2] > 0), 0] - start],
             "keys": segments(song / "key_audio.txt", steps, start, end),
             "chords": segments(song / "chord_midi.txt", steps, start, end)}
    Path(f"{stem}.json").write_text(json.dumps(truth))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", type=Path, help="a folder of POP909 songs, ../shared/data/audio/pop909-dev")
    parser.add_argument("out", type=Path, help="where to write, outside the repository")
    parser.add_argument("--kinds", default="plain,varied,band")
    parser.add_argument("--soundfont", default="/usr/share/sounds/sf2/FluidR3_GM.sf2")
    parser.add_argument("--part", default="1/1", help="I/N: every N-th song from the I-th, to run several at once")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    part, parts = map(int, options.part.split("/"))
    songs = sorted(p for p in options.songs.iterdir() if (p / "beat_midi.txt").exists())[part - 1::parts]
    for kind in options.kinds.split(","):
        for number, song in enumerate(songs, 1):
            if not (options.out / f"{song.name}-{kind}.json").exists():
                render(song, kind, options.out, options.soundfont)
            print(f"\r{kind} {number}/{len(songs)} ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
