#!/usr/bin/env python3
"""Faults planted in real recordings at known places, and whether `analyze` finds them:

    bench/quality_faults.py FOLDER... [--seconds 20] [--most 40] [--first 0] [--program build/release/ml-analytics] [--missed]

Cuts an excerpt out of each recording (a folder's files, sorted; those shorter than 10 s are left out), fades its ends,
plants one fault at a time with a seeded generator, writes it as 16-bit WAV and counts, for each fault, the excerpts in
which its kind is found at its place. Below it: in how many excerpts without a planted fault each kind is claimed; those
may be there. Recordings that are lossy themselves have a lossy source: judge lossy_source with recordings up to 20 kHz.
Needs numpy and ffmpeg.
"""

import argparse
import json
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
RATE = 44100


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
    "mp3 128 kb/s": ("lossy_source", through("mp3", "-b:a", "128k")),
    "mp3 192 kb/s": ("lossy_source", through("mp3", "-b:a", "192k")),
    "mp3 256 kb/s": ("lossy_source", through("mp3", "-b:a", "256k")),
    "mp3 320 kb/s": ("lossy_source", through("mp3", "-b:a", "320k")),
    "aac 128 kb/s": ("lossy_source", through("m4a", "-b:a", "128k")),
    "from 22,050 Hz": ("upsampled|lossy_source", upsampled(22050)),
    "from 32,000 Hz": ("upsampled|lossy_source", upsampled(32000)),
}


def is_found(findings, kinds, places):
    of_kind = [one for one in findings if one["kind"] in kinds.split("|")]
    if not places:
        return bool(of_kind)
    return all(any(one["start"] - 0.05 <= at / RATE <= one["end"] + 0.05 for one in of_kind) for at in places)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="the first of the files, of which every n-th is taken")
    parser.add_argument("--program", default=ROOT / "build" / "release" / "ml-analytics")
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--missed", action="store_true", help="name the recordings in which a fault is missed")
    arguments = parser.parse_args()
    kinds = {".mp3", ".ogg", ".flac", ".wav"}
    files = [one for folder in arguments.folders for one in sorted(folder.iterdir()) if one.suffix in kinds]
    files = files[arguments.first::max(1, len(files) // arguments.most)][:arguments.most]
    with tempfile.TemporaryDirectory(prefix="mla_faults_") as name:
        folder, places = Path(name), {}
        excerpts = [(path, decoded(path, 2, arguments.seconds)) for path in files]
        excerpts = [(path, samples) for path, samples in excerpts if len(samples) > 8 * RATE]
        files = [path for path, _ in excerpts]
        for number, (_, samples) in enumerate(excerpts):
            ramp = np.minimum(1, np.minimum(np.arange(len(samples)), np.arange(len(samples))[::-1]) / (0.1 * RATE))[:, None]
            samples = samples * ramp * min(1, 0.9 / np.max(np.abs(samples)))
            write(folder / f"{number:03}--1.wav", samples)
            for index, (title, (_, plant)) in enumerate(FAULTS.items()):
                if arguments.only not in title:
                    continue
                faulty, places[number, index] = plant(samples, np.random.default_rng([number, index]))
                write(folder / f"{number:03}-{index:02}.wav", faulty)
        told = subprocess.run([arguments.program, "analyze", "--json", folder], check=True, capture_output=True, text=True).stdout
        found = {Path(one["file"]).stem: one["quality"]["issues"] for one in map(json.loads, told.splitlines())}
    for index, (title, (kind, _)) in enumerate(FAULTS.items()):
        tried = [number for number, fault in places if fault == index]
        hits = {number for number in tried if is_found(found[f"{number:03}-{index:02}"], kind, places[number, index])}
        if tried:
            print(f"{title:32} {len(hits):3} of {len(tried):3}")
        if arguments.missed:
            print("".join(f"    {files[number].name}\n" for number in tried if number not in hits), end="")
    print(f"claimed in {len(files)} recordings as they are:")
    claims = {}
    for number, path in enumerate(files):
        for kind in {one["kind"] for one in found[f"{number:03}--1"]}:
            claims.setdefault(kind, []).append(path.name)
    for kind, names in sorted(claims.items()):
        print(f"{kind:32} {len(names):3}" + ("   " + ", ".join(names) if arguments.missed else ""))


if __name__ == "__main__":
    main()
