#!/usr/bin/env python3
"""Makes audio whose beat is known by construction, beside the POP909 renders: clicks of 60 to 200 BPM with and without
swing, accents and eighths, and drum patterns with a bass and chords, so that the level model does not take all music
for ballads. Files NNN-click.wav and NNN-drums.wav (22,050 Hz) with the same .json as render_pop909.py writes."""
import argparse
import json
import wave
from pathlib import Path

import numpy as np

RATE = 22050


def burst(rng, kind):
    t = np.arange(int(0.25 * RATE)) / RATE
    if kind == "kick":
        return np.sin(2 * np.pi * (50 * t + 25 * (1 - np.exp(-t * 40)) / 4)) * np.exp(-t * 14)
    if kind == "snare":
        return (0.6 * rng.standard_normal(t.size) + 0.4 * np.sin(2 * np.pi * 190 * t)) * np.exp(-t * 22) * 0.6
    if kind == "hat":
        return np.diff(rng.standard_normal(t.size + 1)) * np.exp(-t * 60) * 0.25
    return np.sin(2 * np.pi * rng.choice([800, 1000, 1760, 2500]) * t) * np.exp(-t * 60) * 0.7


def tone(pitch, seconds, decay):
    t = np.arange(int(seconds * RATE)) / RATE
    f = 440 * 2 ** ((pitch - 69) / 12)
    return sum(np.sin(2 * np.pi * f * k * t) / k ** 1.5 for k in range(1, 6)) * np.exp(-t * decay) * np.minimum(1, t * 200)


def put(audio, at, sound, gain):
    start = int(round(at * RATE))
    part = sound[:max(0, audio.size - start)]
    audio[start:start + part.size] += gain * part


def click_track(rng, audio, tempo, beats):
    sound, accent, eighths = burst(rng, "click"), rng.random() < 0.3, rng.choice([0.0, 0.0, 0.3, 0.6])
    swing = rng.choice([0.5, 0.5, 0.6, 2 / 3])
    for i, beat in enumerate(beats):
        put(audio, beat, sound, 1.0 if not accent or i % 4 == 0 else 0.5)
        if eighths and tempo < 150:
            put(audio, beat + swing * 60 / tempo, sound, eighths)


def drum_track(rng, audio, tempo, beats, metre):
    kick, snare, hat = (burst(rng, k) for k in ("kick", "snare", "hat"))
    length = 60 / tempo
    hats = rng.choice([1, 2, 2, 4]) if tempo < 125 else rng.choice([1, 2])
    four = rng.random() < 0.4
    eighth_kick = rng.choice([0, 2.5, 1.5])
    chords, pads = rng.choice([0, 5, 7, 9, 2], 64), rng.random() < 0.7
    arpeggio, sparse = rng.choice([0, 1, 2]), rng.random() < 0.3  # sparse: no snare, a tick a beat, chords by the bar
    pads, hats = pads or sparse or arpeggio == 0, 1 if sparse else hats
    for i, beat in enumerate(beats):
        place, bar = i % metre, i // metre
        root = 36 + int(chords[bar % 4 if rng.random() < 0.9 else bar])
        if place == 0 or (four and not sparse) or (metre == 4 and place == 2 and eighth_kick == 0 and not sparse):
            put(audio, beat, kick, 1.0)
        if not sparse and place in ((1, 3) if metre == 4 else (1, 2)):
            put(audio, beat, snare, 0.7)
        if not sparse and eighth_kick and place == int(eighth_kick):
            put(audio, beat + length / 2, kick, 0.8)
        for k in range(hats):
            put(audio, beat + k * length / hats, hat, 1.0 if k == 0 else 0.7)
        for k in range(arpeggio):
            put(audio, beat + k * length / arpeggio, tone(root, length / arpeggio, 3), 0.25)
        if pads and place == 0:
            for step in (0, 4 if root % 12 in (0, 5, 7) else 3, 7):
                put(audio, beat, tone(root + 24 + step, metre * length, 0.6), 0.08)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=90, help="of each kind")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for kind in ("click", "drums"):
        for number in range(options.count):
            rng = np.random.default_rng([number, kind == "drums"])
            tempo = float(np.exp(rng.uniform(np.log(60), np.log(200 if kind == "click" else 176))))
            seconds = 30.0
            metre = 3 if kind == "drums" and rng.random() < 0.35 else 4
            beats = rng.uniform(0.0, 0.6) + np.arange(int(seconds * tempo / 60)) * 60 / tempo
            beats = beats[beats < seconds - 0.5]
            audio = np.zeros(int(seconds * RATE))
            if kind == "click":
                click_track(rng, audio, tempo, beats)
            else:
                drum_track(rng, audio, tempo, beats, metre)
            audio += rng.choice([0, 1e-4, 1e-3]) * rng.standard_normal(audio.size)
            audio *= 0.7 / np.abs(audio).max()
            with wave.open(str(options.out / f"{number:03d}-{kind}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes((audio * 32767).astype("<i2").tobytes())
            (options.out / f"{number:03d}-{kind}.json").write_text(json.dumps(
                {"song": f"{kind}{number:03d}", "kind": kind, "tempo": tempo, "beats": beats.round(4).tolist(),
                 "downbeats": beats[::metre].round(4).tolist() if kind == "drums" else [], "keys": [], "chords": []}))


if __name__ == "__main__":
    main()
