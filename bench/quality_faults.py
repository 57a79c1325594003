#!/usr/bin/env python3
"""Faults planted in real recordings at known places, and whether `analyze` finds them:

    bench/quality_faults.py FOLDER... [--midi SONGS] [--seconds 20] [--most 40] [--first 0] [--only NAME] [--missed]

Cuts an excerpt out of each recording (a folder's files, sorted; those shorter than 10 s are left out), fades its ends,
plants one fault at a time with a seeded generator, writes it as 16-bit WAV and counts, for each fault, how often its kind
is found: of faults that have places (three an excerpt) each place for itself, to 50 ms. Below it: in how many excerpts
without a planted fault each kind is claimed, and in how many of these another measurement finds it too (`is_measured`:
means of fifths, lines of one long spectrum, floors of bands, peaks over loud passages). --midi SONGS (a folder of POP909 songs) renders songs
with a drum kit: clean music up to 20 kHz, that no encoder has touched.

What cuts the spectrum off is planted where there is something to cut off: in excerpts whose own mean spectrum, in each of
the two kilohertz beside the cut, lies 12 dB or more above the noise that 16 bits leave there. The others are counted as
left out. Files of a lossy format have a lossy source already: nothing is encoded again, and what they claim does not count.
Needs numpy and ffmpeg; --midi needs fluidsynth, fluid-soundfont-gm and pretty_midi.
"""

import argparse
import json
import random
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
RATE = 44100
LOSSY = {".mp3", ".ogg", ".m4a", ".opus"}
SOUNDFONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"


def decoded(path, start, seconds):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-ss", str(start), "-t", str(seconds), "-i", path, "-f", "f32le", "-ac", "2",
                          "-ar", str(RATE), "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2).astype(np.float64)


def write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes())


def level(samples):
    return np.sqrt(np.mean(samples**2))


def db(value):
    return 10 ** (value / 20)


def loud_places(samples, draw, count, away=2.0):
    """Random moments (frames) whose 20 ms are no quieter than the excerpt's mean, away from the ends and each other."""
    margin, width, found = int(away * RATE), RATE // 50, []
    for _ in range(2000):
        at = int(draw.integers(margin, len(samples) - margin))
        if all(abs(at - other) > RATE for other in found) and level(samples[at:at + width]) >= level(samples):
            found.append(at)
        if len(found) == count:
            break
    return found


def clip(samples, draw):
    loud = samples / np.quantile(np.abs(samples), 0.999)
    return np.clip(loud, -1, 1) * 0.99, None


def clicks(size):
    def plant(samples, draw):
        out, places = samples.copy(), loud_places(samples, draw, 3)
        for at in places:
            out[at] += size * (1 if draw.random() < 0.5 else -1)
            out[at + 1] -= 0.4 * size * np.sign(out[at] - samples[at])
        return np.clip(out, -1, 1), places
    return plant


def dropout(samples, draw):
    out, places = samples.copy(), loud_places(samples, draw, 3)
    for at in places:
        out[at:at + int(RATE * draw.uniform(0.003, 0.02))] = 0
    return out, places


def gap(samples, draw):
    out, places = samples.copy(), loud_places(samples, draw, 1)
    for at in places:
        out[at:at + RATE // 2] = 0
    return out, places


def hum(below, mains):
    def plant(samples, draw):
        t = np.arange(len(samples)) / RATE
        tone = sum(np.sin(2 * np.pi * mains * k * t + draw.uniform(0, 6)) / k for k in (1, 2, 3, 5))
        return samples + (tone / level(tone) * db(below))[:, None], None
    return plant


def noise(below, highest=RATE / 2):
    """White up to `highest` Hz: the recordings here end at 16 kHz, and what is above them shows any noise."""
    def plant(samples, draw):
        spectrum = np.fft.rfft(draw.normal(0, level(samples) * db(below), samples.shape), axis=0)
        spectrum[int(len(spectrum) * highest / (RATE / 2)):] = 0
        return samples + np.fft.irfft(spectrum, len(samples), axis=0), None
    return plant


def through(*codec):
    def plant(samples, draw):
        with tempfile.TemporaryDirectory() as folder:
            source, coded = Path(folder) / "a.wav", Path(folder) / ("coded." + codec[0])
            write(source, samples)
            subprocess.run(["ffmpeg", "-v", "error", "-i", source, *codec[1:], coded], check=True)
            return decoded(coded, 0, 1000), None
    return plant


def upsampled(rate):
    return through("wav", "-ar", str(rate))


def above_rounding(samples, low, high):
    """By how many dB the mean power from `low` to `high` Hz exceeds that of the noise of rounding to 16 bits."""
    window = np.hanning(4096)
    frames = np.lib.stride_tricks.sliding_window_view(samples.mean(axis=1), 4096)[::4096] * window
    power = np.mean(np.abs(np.fft.rfft(frames, axis=1))**2, axis=0) / np.sum(window**2)  # a bin's; white noise: its mean square
    return 10 * np.log10(np.mean(power[int(low * 4096 / RATE):int(high * 4096 / RATE)]) * 12 * 32768**2 + 1e-9)


def is_measured(kind, samples):
    """Whether the recording has what is claimed, by another way than the program's; None where there is none."""
    mono = samples.mean(axis=1)
    if kind == "dc_offset":  # the same side of zero in each fifth of the channel that is off most
        worst = samples[:, np.argmax(np.abs(samples.mean(axis=0)))]
        fifths = [np.mean(part) * np.sign(np.mean(worst)) for part in np.array_split(worst, 5)]
        return abs(np.mean(worst)) >= 0.003 and min(fifths) > 0.001
    if kind == "hum":  # two of the first three lines 12 dB above what is beside them, on the spot
        power = np.abs(np.fft.rfft(mono * np.hanning(len(mono))))**2
        hertz = np.fft.rfftfreq(len(mono), 1 / RATE)
        def above(line):
            away = np.abs(hertz - line)
            return 10 * np.log10(np.max(power[away < 0.15]) / np.median(power[(away > 0.6) & (away < 4)]))
        return any(sum(above(mains * line) >= 12 for line in (1, 2, 3)) >= 2 for mains in (50, 60))
    if kind == "noise":  # four kilohertz or more whose quiet frames are alike and lie at one level
        frames = np.lib.stride_tricks.sliding_window_view(mono, 2048)[::1024] * np.hanning(2048)
        bands = [np.mean(np.abs(np.fft.rfft(frames, axis=1))[:, band:band + 46]**2, axis=1) for band in range(185, 690, 46)]
        floors = np.array([np.percentile(10 * np.log10(band + 1e-12), (5, 25)) for band in bands])
        steady = floors[floors[:, 1] - floors[:, 0] < 5, 0]
        return len(steady) >= 4 and np.sort(np.abs(steady - np.median(steady)))[3] < 3
    if kind == "low_dynamic_range":  # the second highest peak of 3 s over the loudest fifth of them
        parts = [samples[at:at + 3 * RATE] for at in range(0, len(samples) - 3 * RATE + 1, 3 * RATE)]
        peak = sorted(np.max(np.abs(part)) for part in parts)[-2]
        squares = sorted(np.mean(part**2) for part in parts)[-max(1, len(parts) // 5):]
        return 20 * np.log10(peak / np.sqrt(2 * np.mean(squares))) < 5.5
    return None


def band(song, folder):
    """A song of POP909 by other instruments and a drum kit, as WAV."""
    import pretty_midi
    draw = random.Random(song.name)
    midi = pretty_midi.PrettyMIDI(str(song / f"{song.name}.mid"))
    for instrument in midi.instruments:
        instrument.program = draw.choice([0, 4, 24, 25, 48, 6] if instrument.name == "PIANO" else [40, 56, 65, 73, 11, 80])
    drums = pretty_midi.Instrument(draw.choice([0, 8, 16, 25, 40]), is_drum=True)
    beats = np.loadtxt(song / "beat_midi.txt")[:, 0]
    for number, (beat, following) in enumerate(zip(beats, beats[1:])):
        for half, hat in ((0, draw.choice([42, 42, 44])), (1, draw.choice([42, 46, 51]))):
            at = beat + half * (following - beat) / 2
            drums.notes.append(pretty_midi.Note(draw.randint(50, 95), hat, at, at + 0.1))
        drums.notes.append(pretty_midi.Note(draw.randint(70, 110), (36, 38)[number % 2], beat, beat + 0.1))
        if number % 16 == 0:
            drums.notes.append(pretty_midi.Note(80, draw.choice([49, 57]), beat, beat + 1))
    midi.instruments.append(drums)
    path = folder / f"{song.name}-band.wav"
    midi.write(str(path.with_suffix(".mid")))
    command = ["fluidsynth", "-ni", "-q", "-g", "0.4", "-r", str(RATE), "-F", path, SOUNDFONT, path.with_suffix(".mid")]
    for last in (False, False, True):  # at times it does not end
        try:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           timeout=120)
            break
        except subprocess.TimeoutExpired:
            if last:
                raise
    return path


FAULTS = {
    "clipping, .1 % of the samples": ("clipping", clip),
    "clicks of .4": ("click", clicks(0.4)),
    "clicks of .2": ("click", clicks(0.2)),
    "clicks of .1": ("click", clicks(0.1)),
    "dropouts, 3 to 20 ms": ("dropout", dropout),
    "a gap of half a second": ("gap", gap),
    "hum 50 Hz at -40 dBFS": ("hum", hum(-40, 50)),
    "hum 60 Hz at -40 dBFS": ("hum", hum(-40, 60)),
    "hum 60 Hz at -30 dBFS": ("hum", hum(-30, 60)),
    "noise 20 dB below": ("noise", noise(-20)),
    "noise 35 dB below": ("noise", noise(-35)),
    "noise 20 dB below, to 15 kHz": ("noise", noise(-20, 15000)),
    "noise 25 dB below, to 15 kHz": ("noise", noise(-25, 15000)),
    "noise 35 dB below, to 15 kHz": ("noise", noise(-35, 15000)),
    "offset of 1 %": ("dc_offset", lambda samples, draw: (samples * 0.95 + 0.01, None)),
    "one channel inverted": ("inverted_phase", lambda samples, draw: (samples[:, :1] * [1, -1], None)),
    "one channel twice": ("false_stereo", lambda samples, draw: (samples[:, :1] * [1, 1], None)),
    "right channel silent": ("one_channel_silent", lambda samples, draw: (samples * [1, 0], None)),
    "12 bits in 16": ("padded_bits", lambda samples, draw: (np.rint(samples * 2048) / 2048, None)),
    "peaks over full scale": ("inter_sample_over", lambda samples, draw: (samples / np.max(np.abs(samples)) * 1.1, None)),
    # Where the encoder (LAME's and FFmpeg's own choice) and the converter cut off: CUTS.
    "mp3 128 kb/s": ("lossy_source", through("mp3", "-b:a", "128k")),
    "mp3 192 kb/s": ("lossy_source", through("mp3", "-b:a", "192k")),
    "mp3 256 kb/s": ("lossy_source", through("mp3", "-b:a", "256k")),
    "mp3 320 kb/s": ("lossy_source", through("mp3", "-b:a", "320k")),
    "aac 128 kb/s": ("lossy_source", through("m4a", "-b:a", "128k")),
    "from 22,050 Hz": ("upsampled|lossy_source", upsampled(22050)),
    "from 32,000 Hz": ("upsampled|lossy_source", upsampled(32000)),
}


CUTS = {"mp3 128 kb/s": 17000, "mp3 192 kb/s": 18600, "mp3 256 kb/s": 19700, "mp3 320 kb/s": 20100, "aac 128 kb/s": 17000,
        "from 22,050 Hz": 11025, "from 32,000 Hz": 16000}


def is_there(samples, lossy, title):
    """Whether what the fault takes away is in the clean recording."""
    cut = CUTS.get(title)
    if cut is None:
        return True
    if lossy and not title.startswith("from"):
        return False
    return min(above_rounding(samples, cut - 1000, cut), above_rounding(samples, cut, min(cut + 1000, 20500))) >= 12


def hits(findings, kinds, places):
    """Of a fault's places, or of the one recording if it has none: which are told."""
    of_kind = [one for one in findings if one["kind"] in kinds.split("|")]
    if places is None:
        return [bool(of_kind)]
    return [any(one["start"] - 0.05 <= at / RATE <= one["end"] + 0.05 and one["end"] - one["start"] < 1 for one in of_kind)
            for at in places]


class Counts:
    def __init__(self):
        self.found, self.planted, self.left_out, self.missed = 0, 0, 0, []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--midi", type=Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="the first of the files, of which every n-th is taken")
    parser.add_argument("--program", default=ROOT / "build" / "release" / "ml-analytics")
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--missed", action="store_true", help="name the recordings in which a fault is missed")
    arguments = parser.parse_args()
    kinds = LOSSY | {".flac", ".wav"}
    files = [one for folder in arguments.folders for one in sorted(folder.iterdir()) if one.suffix in kinds]
    files += [one for one in sorted(arguments.midi.iterdir()) if one.is_dir()] if arguments.midi else []
    files = files[arguments.first::max(1, len(files) // arguments.most)][:arguments.most]
    counts, claims, heard = {title: Counts() for title in FAULTS if arguments.only in title}, {}, 0
    for number, path in enumerate(files):
        with tempfile.TemporaryDirectory(prefix="mla_faults_") as name:
            folder = Path(name)
            recording = band(path, folder) if path.is_dir() else path
            samples = decoded(recording, 8 if path.is_dir() else 2, arguments.seconds)
            if path.is_dir():
                recording.unlink()
            if len(samples) <= 8 * RATE:
                continue
            heard += 1
            ramp = np.minimum(1, np.minimum(np.arange(len(samples)), np.arange(len(samples))[::-1]) / (0.1 * RATE))[:, None]
            samples = samples * ramp * min(1, 0.9 / np.max(np.abs(samples)))
            write(folder / "clean.wav", samples)
            places = {}
            for index, (title, (_, plant)) in enumerate(FAULTS.items()):
                if title not in counts:
                    continue
                if not is_there(samples, path.suffix in LOSSY, title):
                    counts[title].left_out += 1
                    continue
                faulty, places[title] = plant(samples, np.random.default_rng([number, index]))
                write(folder / f"{index:02}.wav", faulty)
            told = subprocess.run([arguments.program, "analyze", "--json", "--without", "fingerprint,genre-mood", folder], check=True,
                                  capture_output=True, text=True).stdout
            found = {Path(one["file"]).stem: one["quality"]["issues"] for one in map(json.loads, told.splitlines())}
        for index, (title, (kind, _)) in enumerate(FAULTS.items()):
            if title in places:
                told = hits(found[f"{index:02}"], kind, places[title])
                counts[title].found += sum(told)
                counts[title].planted += len(told)
                counts[title].missed += [] if all(told) else [path.name]
        for kind in {one["kind"] for one in found["clean"]} - ({"lossy_source", "upsampled"} if path.suffix in LOSSY else set()):
            claims.setdefault(kind, []).append((path.name, is_measured(kind, samples)))
    for title, count in counts.items():
        share = f"{100 * count.found / count.planted:6.1f} %" if count.planted else " " * 8
        print(f"{title:32} {count.found:4} of {count.planted:4} {share}" + (f"   left out: {count.left_out}" if count.left_out else ""))
        if arguments.missed:
            print("".join(f"    {name}\n" for name in count.missed), end="")
    print(f"claimed in {heard} recordings as they are:")
    for kind, told in sorted(claims.items()):
        there = [name for name, measured in told if measured]
        line = f"{kind:32} {len(told):4}" + ("" if told[0][1] is None else f"   measured otherwise too: {len(there)}")
        print(line + ("   " + ", ".join(f"{name}{' (measured)' if measured else ''}" for name, measured in told)
                      if arguments.missed else ""))


if __name__ == "__main__":
    main()
