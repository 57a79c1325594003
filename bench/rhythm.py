#!/usr/bin/env python3
"""Tempo, beats and key against annotations, beside other programs, in one run:

    bench/rhythm.py RENDERS [--program build/release/bench/rhythm] [--peers aubio,librosa,essentia] [--songs 60]

RENDERS is what tools/rhythm/render_pop909.py wrote. Judged by mir_eval (Acc1 and Acc2 as in its tempo tolerance of 4 %,
F-measure of beats at 70 ms, MIREX-weighted key). Our figures here are those of the model as committed, which has learnt
from these songs if they are the development songs; tools/rhythm/train.py prints those of songs held out.
"""
import argparse
import collections
import json
import subprocess
import sys
import warnings
from pathlib import Path

import mir_eval
import numpy as np

warnings.filterwarnings("ignore")
NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
FLATS = {"Db": "C#", "Gb": "F#", "G#": "Ab", "A#": "Bb", "D#": "Eb"}


def ours(paths, program):
    lines = subprocess.run([program, *map(str, paths)], check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        row = json.loads(line)
        key = f"{NAMES[row['tonic']]} {'minor' if row['minor'] else 'major'}" if row["tonic"] >= 0 else None
        yield {"tempo": row["tempo"], "beats": row["beats"], "key": key, "chords": row["chords"],
               "downbeats": row["downbeats"], "metre": row["metre"]}


def samples(path):
    raw = subprocess.run(["ffmpeg", "-loglevel", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", "44100", "-"],
                         check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32)


def aubio(paths, _):
    for path in paths:
        wav = Path("/tmp") / f"{path.stem}-aubio.wav"
        subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-i", path, "-ac", "1", wav], check=True)
        beats = [float(b.split()[0]) for b in subprocess.run(["aubio", "beat", wav], check=True, capture_output=True,
                                                              text=True).stdout.split("\n") if b.strip()]
        tempo = subprocess.run(["aubio", "tempo", wav], check=True, capture_output=True, text=True).stdout.split()
        wav.unlink()
        yield {"tempo": float(tempo[0]) if tempo else 0.0, "beats": beats}


def librosa(paths, _):
    import librosa as lr
    for path in paths:
        y = lr.resample(samples(path), orig_sr=44100, target_sr=22050)
        tempo, beats = lr.beat.beat_track(y=y, sr=22050, units="time")
        yield {"tempo": float(np.atleast_1d(tempo)[0]), "beats": beats}


def essentia(paths, _):
    import essentia.standard as es
    for path in paths:
        y = samples(path)
        tempo, beats, *_ = es.RhythmExtractor2013(method="multifeature")(y)
        tonic, mode, _ = es.KeyExtractor()(y)
        yield {"tempo": tempo, "beats": beats, "key": f"{FLATS.get(tonic, tonic)} {mode}"}


def true_key(truth):
    lengths = collections.Counter()
    for start, end, label in truth["keys"]:
        lengths[label] += end - start
    if not lengths:
        return None
    root, mode = lengths.most_common(1)[0][0].split(":")
    return f"{FLATS.get(root, root)} {'minor' if mode == 'min' else 'major'}"


def judge(answer, truth):
    near = lambda factor: abs(answer["tempo"] - factor * truth["tempo"]) <= 0.04 * factor * truth["tempo"]
    trim = lambda beats: mir_eval.beat.trim_beats(np.asarray(beats, float))
    scores = {"acc1": near(1), "acc2": any(map(near, (1, 2, 3, 1 / 2, 1 / 3))),
              "beat F": mir_eval.beat.f_measure(trim(truth["beats"]), trim(answer["beats"]))}
    if answer.get("key") and true_key(truth):
        scores["key"] = mir_eval.key.weighted_score(true_key(truth), answer["key"])
    if answer.get("downbeats"):
        scores["downbeat F"] = mir_eval.beat.f_measure(trim(truth["downbeats"]), trim(answer["downbeats"]))
    if answer.get("chords") and truth["chords"]:
        reference = np.array([c[:2] for c in truth["chords"]])
        labels = [c[2][:-1] + ":min" if c[2].endswith("m") else c[2] if c[2] == "N" else c[2] + ":maj" for c in answer["chords"]]
        intervals, labels = mir_eval.util.adjust_intervals(np.array([c[:2] for c in answer["chords"]]), labels,
                                                           reference.min(), reference.max(), "N", "N")
        merged, ref, est = mir_eval.util.merge_labeled_intervals(reference, [c[2] for c in truth["chords"]], intervals, labels)
        compared = mir_eval.chord.majmin(ref, est)
        scores["chords"] = mir_eval.chord.weighted_accuracy(compared, mir_eval.util.intervals_to_durations(merged))
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("renders", type=Path)
    parser.add_argument("--program", default="build/release/bench/rhythm")
    parser.add_argument("--peers", default="aubio,librosa,essentia")
    parser.add_argument("--kinds", default="plain,varied,band")
    parser.add_argument("--songs", type=int, default=1000, help="at most so many of each kind")
    options = parser.parse_args()
    for kind in options.kinds.split(","):
        paths = sorted(options.renders.glob(f"*-{kind}.*"))
        paths = [p for p in paths if p.suffix in (".mp3", ".wav")][:options.songs]
        truths = [json.loads(p.with_suffix(".json").read_text()) for p in paths]
        for name in ["ours", *filter(None, options.peers.split(","))]:
            try:
                answers = list(globals()[name](paths, options.program))
            except (ImportError, FileNotFoundError) as missing:
                print(f"{kind:7} {name:9} not here: {missing}")
                continue
            table = collections.defaultdict(list)
            for answer, truth in zip(answers, truths):
                for what, score in judge(answer, truth).items():
                    table[what].append(score)
            print(f"{kind:7} {name:9} {len(paths):3} tracks  " +
                  "  ".join(f"{what} {np.mean(scores):.3f}" for what, scores in table.items()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
