#!/usr/bin/env python3
"""Renders small pieces in 3, 4, 5 and 7 beats a bar, whose metre is known: what bench/audio_features.py judges time signatures by.

    python tools/audio_features/render_metres.py FOLDER [--most 15]

Each file MNNN-METRE.wav lasts 30 s: chords that change with the bar, a bass, a melody, in two of three with drums; tempo,
key, instruments and patterns are drawn by its number. Needs fluidsynth, fluid-soundfont-gm and tools/rhythm/requirements.txt.
"""
import argparse
import random
import subprocess
import tempfile
from pathlib import Path

import pretty_midi

SECONDS = 30
PROGRESSIONS = [[0, 3, 4, 0], [0, 5, 3, 4], [0, 4, 5, 3], [0, 0, 3, 4], [5, 3, 0, 4]]
STRESSED = {3: {0}, 4: {0, 2}, 5: {0, 3}, 7: {0, 4}}


def piece(metre, number):
    draw = random.Random(f"{metre} {number}")
    midi = pretty_midi.PrettyMIDI()
    beat = 60 / draw.uniform(84, 176)
    scale = [draw.randrange(12) + s for s in draw.choice([(0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)])]
    chords = pretty_midi.Instrument(draw.choice([0, 4, 24, 25, 48, 21, 16]))
    bass = pretty_midi.Instrument(draw.choice([32, 33, 43, 58]))
    melody = pretty_midi.Instrument(draw.choice([40, 56, 65, 68, 73, 22, 11]))
    drums = pretty_midi.Instrument(draw.choice([0, 25, 40]), is_drum=True)
    progression, with_drums = draw.choice(PROGRESSIONS), draw.random() < 0.67
    figure = draw.choice(["strum", "broken", "after"])
    at, bar = 0.1, 0
    while at < SECONDS:
        degree = progression[bar % len(progression)]
        triad = [scale[(degree + step) % 7] % 12 + 60 for step in (0, 2, 4)]
        bass.notes.append(pretty_midi.Note(95, 36 + triad[0] % 12, at, at + beat * draw.choice([1, metre - 0.2])))
        for i in range(metre):
            now = at + i * beat + draw.gauss(0, 0.006)
            if i in STRESSED[metre] and i and figure != "after":
                bass.notes.append(pretty_midi.Note(75, 36 + triad[2] % 12, now, now + beat))
            if figure == "strum" or (figure == "after" and i not in STRESSED[metre]):
                for pitch in triad:
                    chords.notes.append(pretty_midi.Note(draw.randint(55, 75), pitch, now, now + beat * 0.8))
            elif figure == "broken":
                for half in range(2):
                    chords.notes.append(pretty_midi.Note(65, triad[(2 * i + half) % 3], now + half * beat / 2, now + (half + 1) * beat / 2))
            if draw.random() < 0.65:
                pitch = draw.choice(triad) if i == 0 else 60 + scale[draw.randrange(7)] % 12
                melody.notes.append(pretty_midi.Note(draw.randint(70, 100), pitch + 12, now, now + beat * draw.choice([0.45, 0.9, 1.8])))
            if with_drums:
                drums.notes.append(pretty_midi.Note(70, 42, now, now + 0.1))
                hit = 36 if i == 0 else 38 if (i in STRESSED[metre] or (metre == 3 and i == 2)) else None
                if metre == 4:
                    hit = {0: 36, 1: 38, 2: 36, 3: 38}[i]
                if hit:
                    drums.notes.append(pretty_midi.Note(90, hit, now, now + 0.1))
        at, bar = at + metre * beat, bar + 1
    midi.instruments += [chords, bass, melody] + ([drums] if with_drums else [])
    return midi


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--most", type=int, default=15, help="pieces of each metre")
    parser.add_argument("--soundfont", default="/usr/share/sounds/sf2/FluidR3_GM.sf2")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for metre in STRESSED:
        for number in range(args.most):
            with tempfile.NamedTemporaryFile(suffix=".mid") as file:
                piece(metre, number).write(file.name)
                command = ["fluidsynth", "-ni", "-q", "-r", "22050", "-F", str(args.out / f"m{number:03}-{metre}.wav"), args.soundfont, file.name]
                for _ in range(5):  # it sometimes starts its player never, and writes silence until the disk is full
                    try:
                        subprocess.run(command, check=True, timeout=8, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                        break
                    except subprocess.TimeoutExpired:
                        continue


if __name__ == "__main__":
    main()
