#!/usr/bin/env python3
"""Makes the sound that tools/audio_features/train.py learns voices, speech and audiences from, with the truth in labels.csv.

    python tools/audio_features/synthesise.py ../shared/data/audio/pop909-dev ../shared/data/audio/emotify-dev FOLDER

Each clip lasts 20 s, mono, 22,050 Hz, seeded by its name:
  acoustic-NNN, electric-NNN  20 s of a POP909 song by General MIDI instruments of one kind, with bass and drums
  acousticsolo-, electricsolo-, drums-NNN  one of these instruments alone, bass and drums alone
  sung-*, spoken-*            the same, or an Emotify track without a voice, under a voice
  speech-NNN                  eSpeak NG reading, in a room, with noise
  audience-*                  an Emotify track in a hall, with applause and a murmuring crowd
Columns of labels.csv: file, group (what must not be split between training and test: the song, the artist, the voice),
voice, speech, audience, acoustic (1, 0, or empty where the truth is not known).
Needs fluidsynth, fluid-soundfont-gm, espeak-ng, ffmpeg and tools/rhythm/requirements.txt.
"""
import argparse
import csv
import random
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pretty_midi
import soundfile
from scipy import signal

warnings.filterwarnings("ignore")
RATE, SECONDS = 22050, 20
COUNT = RATE * SECONDS
KINDS = {
    "acoustic": {"melody": [0, 24, 40, 42, 56, 65, 68, 71, 73], "accompaniment": [0, 0, 24, 25, 48, 46, 6, 19],
                 "bass": [32, 43], "drums": 0.3, "kits": [40, 0]},
    "electric": {"melody": [27, 29, 30, 80, 81, 82, 84, 87, 4], "accompaniment": [4, 5, 29, 30, 50, 81, 89, 90, 95],
                 "bass": [33, 34, 36, 38, 39], "drums": 0.85, "kits": [0, 16, 24, 25]},
}
# Formants of vowels in Hz (Peterson & Barney 1952, men).
VOWELS = np.array([[730, 1090, 2440], [530, 1840, 2480], [270, 2290, 3010], [570, 840, 2410], [300, 870, 2240], [490, 1350, 1690]])
VOICES = ["en-gb", "en-us", "de", "fr", "es", "it", "pt", "pl", "nl", "sv"]
VARIANTS = ["", "+m1", "+m3", "+m5", "+m7", "+f1", "+f2", "+f4", "+f5", "+croak"]
WORDS = ("the river was quiet when we came down to the harbour and nobody spoke for a while then she asked what time the last "
         "boat would leave he looked at his watch and said that we had missed it by an hour but there might be another one "
         "tomorrow morning if the weather holds so we walked back through the town and talked about the years before the war "
         "when my grandmother sold apples on this square every saturday and knew each customer by name").split()


def level(x):
    return np.sqrt(np.mean(np.square(x)) + 1e-12)


def mixed(music, other, decibels):
    """`other` under or above music by its level, `decibels` louder; the sum at a level of -18 dB or so."""
    total = music / level(music) + other / level(other) * 10 ** (decibels / 20)
    return total / level(total) * 0.12


def in_room(x, rng, seconds):
    tail = rng.standard_normal(int(RATE * seconds)) * 10 ** (-3 * np.arange(int(RATE * seconds)) / (RATE * seconds))
    wet = signal.fftconvolve(x, tail)[: len(x)]
    return x + wet / level(wet) * level(x) * rng.uniform(0.2, 0.9)


def arrangement(midi, start, kind, pick, only=("MELODY", "BRIDGE", "PIANO", "bass", "drums")):
    """SECONDS of the song from `start` on other instruments, with a bass and perhaps drums; of these `only` some."""
    table = KINDS[kind]
    made = pretty_midi.PrettyMIDI()
    source = {i.name: i for i in midi.instruments}
    lowest = {}
    for name, role in (("MELODY", "melody"), ("BRIDGE", "melody"), ("PIANO", "accompaniment")):
        if name not in source or (name != "PIANO" and len(only) > 1 and pick.random() < 0.15):
            continue
        voice = pretty_midi.Instrument(pick.choice(table[role]))
        for note in source[name].notes:
            if start <= note.start < start + SECONDS:
                begin = note.start - start
                voice.notes.append(pretty_midi.Note(note.velocity, note.pitch, begin, min(note.end - start, SECONDS)))
                if name == "PIANO":
                    lowest[int(begin * 2)] = min(lowest.get(int(begin * 2), 127), note.pitch)
        if name in only:
            made.instruments.append(voice)
    bass = pretty_midi.Instrument(pick.choice(table["bass"]))
    for half, pitch in lowest.items():
        bass.notes.append(pretty_midi.Note(90, 28 + (pitch - 28) % 12, half / 2, half / 2 + 0.45))
    if "bass" in only:
        made.instruments.append(bass)
    if "drums" in only and pick.random() < table["drums"]:
        kit = pretty_midi.Instrument(pick.choice(table["kits"]), is_drum=True)
        beats = midi.get_beats()
        beats = beats[(beats >= start) & (beats < start + SECONDS - 1)] - start
        style = pick.choice(["rock", "house", "half"])
        for i, beat in enumerate(beats):
            hits = [42]
            hits += {"rock": [36 if i % 2 == 0 else 38], "house": [36] + ([39] if i % 2 else []),
                     "half": [36] if i % 4 == 0 else [38] if i % 4 == 2 else []}[style]
            for hit in hits:
                kit.notes.append(pretty_midi.Note(pick.randint(70, 110), hit, beat, beat + 0.1))
            if i + 1 < len(beats):
                middle = (beat + beats[i + 1]) / 2
                kit.notes.append(pretty_midi.Note(60, 46 if style == "house" else 42, middle, middle + 0.1))
        made.instruments.append(kit)
    return made


def rendered(midi, soundfont):
    with tempfile.TemporaryDirectory() as folder:
        midi.write(f"{folder}/a.mid")
        command = ["fluidsynth", "-ni", "-q", "-r", str(RATE), "-F", f"{folder}/a.wav", soundfont, f"{folder}/a.mid"]
        for _ in range(5):  # it sometimes starts its player never, and writes silence until the disk is full
            try:
                subprocess.run(command, check=True, timeout=6, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                break
            except subprocess.TimeoutExpired:
                continue
        x, _ = soundfile.read(f"{folder}/a.wav", always_2d=True)
    x = x.mean(1)
    return np.pad(x, (0, max(0, COUNT - len(x))))[:COUNT]


def sung(notes, rng):
    """A voice by additive synthesis: glides, late vibrato, formants that move from vowel to vowel, consonants of noise."""
    shift = 12 * round((rng.choice([52, 57, 64, 67]) - np.median([n[2] for n in notes])) / 12)
    size = rng.uniform(1.0, 1.22)  # of the formants: women's lie a fifth higher
    pitch, loud = np.zeros(COUNT), np.zeros(COUNT)
    formants = np.zeros((COUNT, 3))
    noise = np.zeros(COUNT)
    last = notes[0][2]
    for begin, end, note in notes:
        a, b = int(begin * RATE), min(COUNT, int(min(end, begin + 3) * RATE))
        if b - a < 1500:
            continue
        t = np.arange(b - a) / RATE
        bend = last + (note - last) * np.clip(t / 0.07, 0, 1)
        vibrato = rng.uniform(0.2, 0.6) * np.clip((t - 0.15) / 0.3, 0, 1) * np.sin(2 * np.pi * rng.uniform(4.8, 6.3) * t)
        pitch[a:b] = bend + shift + vibrato + np.cumsum(rng.standard_normal(b - a)) * 2e-4
        gap = min(int(RATE * rng.uniform(0.02, 0.09)), (b - a) // 2)
        loud[a + gap : b] = np.minimum(1, t[: b - a - gap] / 0.04) * np.minimum(1, t[: b - a - gap][::-1] / 0.06)
        first, second = VOWELS[rng.integers(len(VOWELS))], VOWELS[rng.integers(len(VOWELS))]
        formants[a:b] = (first + (second - first) * np.clip(t / (t[-1] + 1e-9), 0, 1)[:, None] ** 2) * size
        if rng.random() < 0.7:
            hiss = rng.standard_normal(gap) * np.hanning(gap)
            noise[a : a + gap] += hiss[: COUNT - a]
        last = note
    noise = signal.sosfilt(signal.butter(2, [rng.uniform(1500, 3500), 9000], "band", fs=RATE, output="sos"), noise)
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    phase = 2 * np.pi * np.cumsum(np.where(loud > 0, frequency, 0)) / RATE
    out = np.zeros(COUNT)
    widths = np.array([90, 110, 170])
    tilt = rng.uniform(0.6, 1.1)
    for h in range(1, 40):
        at = h * frequency
        gain = np.zeros(COUNT)
        for k in range(3):
            gain += (0.7**k) / (1 + ((at - formants[:, k]) / widths[k]) ** 2)
        gain = (gain + 0.02) * (at < 9000) / h**tilt
        out += gain * np.sin(h * phase)
    out *= loud * (1 + 0.1 * signal.sosfilt(signal.butter(1, 8, fs=RATE, output="sos"), rng.standard_normal(COUNT)))
    return out / (level(out) + 1e-9) + 0.5 * noise / (level(noise) + 1e-9) * rng.uniform(0.1, 0.5)


def spoken(pick):
    words = [pick.choice(WORDS) + pick.choice(["", "", "", "", ",", "."]) for _ in range(110)]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["espeak-ng", "-v", pick.choice(VOICES) + pick.choice(VARIANTS), "-s", str(pick.randint(120, 210)),
                        "-p", str(pick.randint(15, 85)), "-w", f"{folder}/a.wav", " ".join(words)], check=True)
        x, rate = soundfile.read(f"{folder}/a.wav")
    x = signal.resample_poly(x, RATE, rate)
    return np.tile(x, 1 + COUNT // len(x))[:COUNT]


def audience(rng, crowd):
    """Applause, many hands at once, that swells here and there, and a crowd whose voices nobody understands."""
    hands = np.zeros(COUNT)
    for _ in range(int(rng.uniform(25, 90)) * SECONDS):
        at, size = rng.integers(COUNT - 500), rng.exponential(1)
        decay = rng.uniform(60, 180)
        hands[at : at + 400] += size * rng.standard_normal(400) * np.exp(-np.arange(400) / decay)
    hands = signal.sosfilt(signal.butter(2, [rng.uniform(500, 1000), rng.uniform(3000, 6000)], "band", fs=RATE, output="sos"), hands)
    swell = np.interp(np.arange(COUNT), np.linspace(0, COUNT, 6), rng.uniform(0, 1, 6) ** 2)
    murmur = np.zeros(COUNT)
    for voice in crowd:
        murmur += np.roll(voice, rng.integers(COUNT))
    return hands / level(hands) * swell + murmur / level(murmur) * rng.uniform(0.2, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pop909", type=Path)
    parser.add_argument("emotify", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--soundfont", default="/usr/share/sounds/sf2/FluidR3_GM.sf2")
    parser.add_argument("--most", type=int, default=10**6, help="so many songs, tracks and voices at most")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows, melodies, renders = [], [], []

    def keep(name, x, group, voice, speech, audience_there, acoustic):
        soundfile.write(args.out / f"{name}.wav", np.clip(x, -1, 1), RATE)
        rows.append([f"{name}.wav", group, voice, speech, audience_there, acoustic])

    for song in sorted(p for p in args.pop909.iterdir() if p.is_dir())[: args.most]:
        pick = random.Random(song.name)
        midi = pretty_midi.PrettyMIDI(str(song / f"{song.name}.mid"))
        start = pick.uniform(0.2, 0.6) * max(1, midi.get_end_time() - SECONDS)
        melody = next(i for i in midi.instruments if i.name == "MELODY")
        notes = sorted((n.start - start, n.end - start, n.pitch) for n in melody.notes if start <= n.start < start + SECONDS - 0.2)
        if len(notes) > 8:
            melodies.append(notes)
        for kind, truth in (("acoustic", 1), ("electric", 0)):
            x = rendered(arrangement(midi, start, kind, pick), args.soundfont)
            x = x / level(x) * 0.12
            keep(f"{kind}-{song.name}", x, f"song {song.name}", 0, 0, 0, truth)
            if len(notes) > 8:
                renders.append((f"{kind}-{song.name}", f"song {song.name}", x, notes, truth))

        for kind, truth in (("acoustic", 1), ("electric", 0)):
            pick, rng = random.Random(f"{song.name} {kind} alone"), np.random.default_rng(int(song.name))
            alone = pick.choice(["MELODY", "MELODY", "PIANO"])
            x = rendered(arrangement(midi, start, kind, pick, (alone,)), args.soundfont)
            x = in_room(x, rng, rng.uniform(0.2, 1.5)) if pick.random() < 0.6 else x
            keep(f"{kind}solo-{song.name}", x / level(x) * 0.12, f"song {song.name}", 0, 0, 0, truth)
        pick = random.Random(f"{song.name} drums")
        x = rendered(arrangement(midi, start, pick.choice(["acoustic", "electric"]), pick, ("bass", "drums")), args.soundfont)
        keep(f"drums-{song.name}", x / level(x) * 0.12, f"song {song.name}", 0, 0, 0, "")

    crowd = [spoken(random.Random(f"crowd {i}")) for i in range(24)]
    for i in range(min(150, args.most)):
        pick, rng = random.Random(f"speech {i}"), np.random.default_rng(i)
        x = spoken(pick)
        if i % 3:
            x = in_room(x, rng, rng.uniform(0.2, 0.8))
        noise = rng.standard_normal(COUNT) * 10 ** (-rng.uniform(18, 60) / 20) * level(x)
        keep(f"speech-{i:03}", (x + noise) / level(x) * 10 ** (-rng.uniform(14, 30) / 20), f"speech {i % 10}", 1, 1, 0, 1)

    for i, (name, group, x, notes, truth) in enumerate(renders):
        rng = np.random.default_rng(1000 + i)
        voice = in_room(sung(notes, rng), rng, rng.uniform(0.3, 1.2)) if i % 4 else spoken(random.Random(f"over {i}"))
        keep(f"{'sung' if i % 4 else 'spoken'}-{name}", mixed(x, voice, rng.uniform(-6, 6)), group, 1, "", 0, "")

    with open(args.emotify / "labels.csv", newline="") as file:
        tracks = list(csv.DictReader(file))[:: max(1, 220 // args.most)]
    for i, track in enumerate(tracks):
        rng = np.random.default_rng(2000 + i)
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(args.emotify / track["file"]), "-ac", "1", "-ar", str(RATE), "-f",
                              "f32le", "-"], check=True, capture_output=True).stdout
        x = np.frombuffer(raw, np.float32)[RATE : RATE + COUNT].astype(float)
        x = np.tile(x, 1 + COUNT // len(x))[:COUNT]  # two tracks are shorter
        group = f"artist {track['artist_group']}"
        if track["genre"] in ("classical", "electronic"):
            voice = in_room(sung(melodies[i % len(melodies)], rng), rng, rng.uniform(0.3, 1.5))
            keep(f"sung-{track['track_id']}", mixed(x, voice, rng.uniform(-6, 6)), group, 1, "", 0, "")
        hall = in_room(x, rng, rng.uniform(1.0, 2.5))
        keep(f"audience-{track['track_id']}", mixed(hall, audience(rng, crowd), rng.uniform(-22, -4)), group, "", "", 1, "")

    with open(args.out / "labels.csv", "w", newline="") as file:
        csv.writer(file).writerows([["file", "group", "voice", "speech", "audience", "acoustic"]] + rows)
    print(f"{len(rows)} clips in {args.out}")


if __name__ == "__main__":
    main()
