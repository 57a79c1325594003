"""`analyze` as a person uses it: good files, every kind of bad one, folders, kill -9 and --resume."""

import json
import math
import os
import random
import shutil
import signal
import struct
import subprocess
import time
import unittest
import xml.dom.minidom

from program import PATIENCE, Case, slow

# What each format is made with; the plain suite knows WAV and needs no ffmpeg.
ENCODERS = {"mp3": ["libmp3lame"], "flac": ["flac"], "ogg": ["libvorbis"], "opus": ["libopus"], "m4a": ["aac"], "aac": ["aac"],
            "aiff": ["pcm_s16be"], "wma": ["wmav2"], "mka": ["flac"], "wv": ["wavpack"], "caf": ["alac"], "au": ["pcm_s16be"]}


def wav(samples, channels=1, rate=22050, bits=16, kind=1):
    """WAV bytes; `samples` are packed bytes, or floats of ±1 for 16 bits."""
    if not isinstance(samples, bytes):
        samples = struct.pack(f"<{len(samples)}h", *(round(32767 * x) for x in samples))
    frame = channels * bits // 8
    return (b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, kind, channels, rate, rate * frame, frame, bits)
            + b"data" + struct.pack("<I", len(samples)) + samples)


def tone(seconds=1.0, rate=22050, hertz=440.0):
    return [0.4 * math.sin(2 * math.pi * hertz * n / rate) for n in range(int(seconds * rate))]


def mutate(draw, data):
    """One to eight changes of a kind that damaged or hostile files have."""
    data = bytearray(data)
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(max(1, len(data) if draw.random() < 0.5 else min(200, len(data))))
        kind = draw.randrange(7)
        if kind == 0:
            data[at:at + 1] = bytes([draw.randrange(256)])
        elif kind == 1:
            data[at:at + 4] = draw.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80", b"\x01\x00\x00\x00"])
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at:at + draw.randint(1, 500)]
        elif kind == 4:
            data[at:at] = draw.randbytes(draw.randint(1, 500))
        elif kind == 5:
            data[at:at] = data[at:at + draw.randint(1, 2000)]
        else:
            data[at:at + draw.randint(1, 300)] = draw.randbytes(draw.randint(1, 300))
        if not data:
            data = bytearray(b"\0")
    return bytes(data)


class AnalyzeCase(Case):
    def lines(self, *arguments, code=0):
        """The JSON lines of the call by file name."""
        result = self.run_program("analyze", "--json", *arguments)
        self.assertEqual(result.returncode, code, result.stderr[-2000:] + result.stdout[-2000:])
        self.assertEqual(result.stderr, "", "a pipe gets no progress")
        return {os.path.basename(line["file"]): line for line in map(json.loads, result.stdout.splitlines())}


class Good(AnalyzeCase):
    def test_one_line_a_file_in_order(self):
        for name in ("c.wav", "a.wav", "sub/b.wav"):
            self.write("music/" + name, wav(tone(0.5)))
        self.write("music/cover.jpg", b"x")
        result = self.works("analyze", "--json", "--jobs", "2", "music")
        files = [json.loads(line)["file"] for line in result.stdout.splitlines()]
        self.assertEqual(files, ["music/a.wav", "music/c.wav", "music/sub/b.wav"])

    def test_what_a_line_says(self):
        line = self.lines(self.write("tone.wav", wav(tone(1.5) , rate=22050)))["tone.wav"]
        self.assertEqual((line["duration"], line["sample_rate"], line["channels"]), (1.5, 22050, 1))

    def test_a_person_gets_a_summary(self):
        self.write("tone.wav", wav(tone()))
        self.assertRegex(self.works("analyze", "tone.wav").stdout, r"tone.wav\n  audio     0:01, 22050 Hz, 1 channel")

    def test_beats_of_a_metronome_and_a_plot(self):
        rate, clicks = 22050, [0.0] * (22050 * 12)
        for beat in range(24):
            for n in range(600):
                clicks[beat * rate // 2 + n] = 0.8 * math.exp(-n / 100) * math.sin(n * 0.6)
        self.write("clicks.wav", wav(clicks))
        line = self.json("analyze", "clicks.wav", "--plots", "plots")
        self.assertAlmostEqual(line["tempo"], 120, delta=0.3)
        for beat in line["beats"]:
            self.assertLess(abs(beat * 2 - round(beat * 2)) / 2, 0.07)
        picture = xml.dom.minidom.parse(str(self.folder / "plots" / "clicks.wav.svg"))
        words = " ".join(node.firstChild.data for node in picture.getElementsByTagName("text") if node.firstChild)
        for word in ("clicks.wav", "Waveform", "Mel spectrogram", "Chroma", "Tempo", "BPM", "frequency / Hz", "time /"):
            self.assertIn(word, words)
        self.assertEqual(len(picture.getElementsByTagName("image")), 2)

    def test_plots_are_named_by_place_not_by_order(self):
        for folder in ("a", "b"):
            (self.folder / folder).mkdir()
            self.write(f"{folder}/song.wav", wav(tone(0.2)))
        arguments = ["analyze", "a", "b", "--plots", "plots", "--output", "out.ndjson", "--resume"]
        self.works(*arguments)
        names = ["song.wav-2.svg", "song.wav.svg"]
        self.assertEqual(sorted(path.name for path in (self.folder / "plots").iterdir()), names)
        first = (self.folder / "plots" / "song.wav.svg").read_bytes()
        self.write("b/song.wav", wav(tone(0.5)))
        self.works(*arguments)
        self.assertEqual(sorted(path.name for path in (self.folder / "plots").iterdir()), names)
        self.assertEqual((self.folder / "plots" / "song.wav.svg").read_bytes(), first)

    @slow
    def test_a_peak_after_six_minutes_counts_for_the_whole_file(self):
        self.write("late.wav", wav([1e-4 * x for x in tone(1)] * 370 + tone(1) * 20))
        line = self.json("analyze", "late.wav")
        self.works("features", "late.wav", "--feature", "mfcc", "--output", "mfcc.npy")
        data = (self.folder / "mfcc.npy").read_bytes()
        values = data[10 + struct.unpack("<H", data[8:10])[0]:]
        first = struct.unpack(f"<{len(values) // 4}f", values)[::13]
        self.assertAlmostEqual(line["mfcc"]["mean"][0], sum(first) / len(first), delta=0.05)

    def test_words_that_are_off(self):
        self.fails(2, "needs --output", "analyze", "x.wav", "--resume")
        self.fails(2, "path", "analyze")
        self.fails(2, "jobs", "analyze", "x.wav", "--jobs", "-1")
        (self.folder / "empty").mkdir()
        self.fails(1, "no audio files", "analyze", "empty")


class Bad(AnalyzeCase):
    def test_each_kind_is_an_error_of_its_file(self):
        draw = random.Random(7)
        flat = {"empty.mp3": b"", "garbage.flac": draw.randbytes(50000), "text.wav": b"not audio\n" * 100,
                "header.wav": wav(b""), "one_hertz.wav": wav(tone(0.01), rate=1),
                "playlist.mp3": b"#EXTM3U\nfile:///etc/passwd\n"}
        for name, content in flat.items():
            self.write("bad/" + name, content)
        os.mkfifo(self.folder / "bad" / "pipe.wav")
        self.write("bad/good.wav", wav(tone(0.2)))
        lines = self.lines("bad", "bad/pipe.wav", "/dev/zero", "none.mp3", code=1)
        codes = {name: line["error"]["code"] if "error" in line else None for name, line in lines.items()}
        self.assertEqual(codes, {"empty.mp3": "invalid_argument", "garbage.flac": "unsupported", "text.wav": "unsupported",
                                 "header.wav": "corrupt", "one_hertz.wav": "unsupported", "playlist.mp3": "unsupported",
                                 "pipe.wav": "invalid_argument", "zero": "invalid_argument", "none.mp3": "not_found",
                                 "good.wav": None})
        for line in lines.values():
            if "error" in line:
                self.assertNotIn("duration", line)
                self.assertGreater(len(line["error"]["message"]), 10)

    def test_odd_files_are_analysed(self):
        many = struct.pack("<64h", *range(64)) * 500
        odd = {"wrong_extension.mp3": wav(tone(0.3)), "one_sample.wav": wav([0.5]), "fast.wav": wav(tone(0.1), rate=384000),
               "many.wav": wav(many, channels=64, rate=8000), "silence.wav": wav([0.0] * 22050), "dc.wav": wav([0.7] * 22050),
               "truncated.wav": wav(tone())[:20001],
               "nan.wav": wav(struct.pack("<4f", math.nan, math.inf, -math.inf, 0.5) * 3000, bits=32, kind=3)}
        for name, content in odd.items():
            self.write("odd/" + name, content)
        lines = self.lines("odd")
        self.assertEqual(set(lines), set(odd))
        self.assertIn("9000 samples", lines["nan.wav"]["notes"][0])
        self.assertEqual(lines["many.wav"]["channels"], 64)
        self.assertAlmostEqual(lines["one_sample.wav"]["duration"], 1 / 22050)

        def numbers(value):
            if isinstance(value, dict):
                return [n for v in value.values() for n in numbers(v)]
            return [n for v in value for n in numbers(v)] if isinstance(value, list) else [value]
        for name, line in lines.items():
            unknown = {key for key in ("tempo", "metre", "key", "loudness", "fingerprint", "genre_prediction", "mood_analysis",
                                       "in_domain", "audio_features") if line[key] is None or key in ("loudness", "audio_features")}
            self.assertNotIn(None, numbers({key: line[key] for key in line if key not in unknown}), f"{name}: no number")
        for name in ("silence.wav", "dc.wav", "one_sample.wav"):
            self.assertIsNone(lines[name]["tempo"], name)
            self.assertIsNone(lines[name]["key"], name)

    def test_malformed_wavs_never_harm(self):
        draw = random.Random(42)
        base = wav(tone(0.3))
        for n in range(60):
            self.write(f"mutants/{n:03}.wav", mutate(draw, base))
        result = self.run_program("analyze", "--json", "--jobs", "2", "mutants")
        self.check_survived(result, 60)

    def check_survived(self, result, count):
        self.assertIn(result.returncode, (0, 1), result.stderr)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(len(lines), count)
        for line in lines:
            code = line.get("error", {}).get("code")
            self.assertIn(code, (None, "unsupported", "corrupt", "too_large", "invalid_argument"), line)

    @slow
    def test_malformed_files_of_every_format_never_harm(self):
        if shutil.which("ffmpeg") is None:
            self.skipTest("skipped: no ffmpeg")
        draw = random.Random(43)
        self.write("base.wav", wav(tone(1.0)))
        count = 0
        for extension, codec in ENCODERS.items():
            made = self.folder / f"base.{extension}"
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", self.folder / "base.wav", "-c:a", *codec, made], check=True)
            for n in range(30):
                self.write(f"mutants/{extension}{n:03}.{extension}", mutate(draw, made.read_bytes()))
                count += 1
        self.assertGreaterEqual(count, 300)
        self.check_survived(self.run_program("analyze", "--json", "--jobs", "2", "mutants"), count)

    @slow
    def test_pictures_and_tags_of_absurd_size(self):
        size = 200 << 20
        synchsafe = bytes([(size >> s) & 0x7F for s in (21, 14, 7, 0)])
        tag = b"ID3\x04\0\0" + synchsafe + b"APIC" + synchsafe + b"\0\0" + b"\0image/png\0\3\0"
        with open(self.folder / "bomb.mp3", "wb") as file:
            file.write(tag)
            file.truncate(size + 10)
        self.assertIn("error", self.lines("bomb.mp3", code=1)["bomb.mp3"])


class Resume(AnalyzeCase):
    def test_kill_9_redoes_at_most_what_was_in_flight(self):
        count = 40
        content = wav(tone(2.0))
        for n in range(count):
            self.write(f"music/{n:03}.wav", content)
        output = self.folder / "out.ndjson"
        arguments = ["analyze", "music", "--output", str(output), "--jobs", "2", "--resume"]
        draw = random.Random(3)
        seen = {}
        for _ in range(6):
            process = self.start_program(*arguments)
            deadline = time.monotonic() + PATIENCE
            wanted = len(seen) + draw.randint(1, 5)
            while process.poll() is None and time.monotonic() < deadline:
                if output.exists() and output.read_bytes().count(b"\n") >= wanted:
                    break
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            lines = [json.loads(line) for line in output.read_bytes().split(b"\n")[:-1]]
            now = {line["file"]: line for line in lines}
            self.assertEqual(len(now), len(lines), "a finished file was done again")
            self.assertEqual({name: now[name] for name in seen}, seen, "a finished line changed")
            seen = now
        with open(output, "ab") as file:
            file.write(b'{"file":"music/0')  # torn
        self.works(*arguments)
        lines = [json.loads(line) for line in output.read_text().splitlines()]
        self.assertEqual(sorted(line["file"] for line in lines), [f"music/{n:03}.wav" for n in range(count)])

    def test_a_changed_file_is_done_again_and_a_foreign_file_left_alone(self):
        path = self.write("a.wav", wav(tone(0.2)))
        arguments = ["analyze", "a.wav", "--output", "out.ndjson", "--resume"]
        self.works(*arguments)
        self.works(*arguments)
        output = self.folder / "out.ndjson"
        self.assertEqual(output.read_text().count("\n"), 1)
        path.write_bytes(wav(tone(0.4)))
        self.works(*arguments)
        self.assertEqual(output.read_text().count("\n"), 2)
        notes = self.write("notes.txt", "mine\n")
        self.fails(1, "line 1 is not one", "analyze", "a.wav", "--output", "notes.txt", "--resume")
        self.assertEqual(notes.read_text(), "mine\n")


if __name__ == "__main__":
    unittest.main()
