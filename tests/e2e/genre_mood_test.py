"""Genre and mood as a person uses them: labels in, a model out, judged, used by `analyze`; and labels that are wrong."""

import json
import math
import random
import struct
import unittest

from program import Case

RATE = 22050


def wav(samples, channels=1):
    """16-bit WAV; each channel holds the same."""
    data = b"".join(struct.pack("<h", round(32767 * x)) * channels for x in samples)
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, channels, RATE, 2 * channels * RATE, 2 * channels, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


def drums(draw, seconds=5):
    """Bursts of noise at a steady pace."""
    step = int(RATE * draw.uniform(0.2, 0.3))
    return [0.8 * math.exp(-(n % step) / 800) * draw.uniform(-1, 1) for n in range(seconds * RATE)]


def strings(draw, seconds=5):
    """A soft chord that swells."""
    root = 2 * math.pi * draw.uniform(150, 250) / RATE
    return [0.2 * (1 + math.sin(n / RATE)) * (math.sin(root * n) + 0.5 * math.sin(1.25 * root * n)) for n in range(seconds * RATE)]


class GenreMood(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        draw = random.Random(4)
        cls.tracks = [(genre, artist, wav(make(draw))) for genre, make in (("drums", drums), ("strings", strings))
                      for artist in range(3) for _ in range(2)]

    def setUp(self):
        super().setUp()
        self.rows = []
        for number, (genre, artist, sound) in enumerate(self.tracks):
            self.write(f"music/{number:02}.wav", sound)
            power = 0.9 if genre == "drums" else 0.1
            self.rows.append(f"music/{number:02}.wav,{genre},{genre}-{artist},{power + 0.01 * number}")
        self.labels("labels.csv", self.rows)

    def labels(self, name, rows, header="file,genre,artist_group,power"):
        self.write(name, "\n".join([header, *rows, ""]).encode())

    TRAIN = ("train", "--model-type", "audio", "--output-path", "model", "--data-path")
    PARAMS = ("--params", '{"targets": ["power"], "repetitions": 1, "folds": 3}')

    def test_learn_judge_and_use(self):
        self.works(*self.TRAIN, "labels.csv", *self.PARAMS)
        judged = self.json("evaluate", "--model-type", "audio", "--model", "model", "--data-path", "labels.csv")
        self.assertEqual(judged["tracks"], 12)
        self.assertEqual(judged["genre_accuracy"], 1)
        self.assertGreater(judged["mood_r2"]["power"], 0.8)
        self.assertEqual(judged["mood_r2_mean"], judged["mood_r2"]["power"])
        self.write("new.wav", wav(drums(random.Random(9))))
        heard = self.json("analyze", "--model", "model", "new.wav")
        self.assertGreater(heard["genre_prediction"]["drums"], 0.6)
        self.assertAlmostEqual(sum(heard["genre_prediction"].values()), 1, places=3)
        self.assertGreater(heard["mood_analysis"]["power"], 0.6)
        self.assertIn("drums", self.works("analyze", "--model", "model", "new.wav").stdout)
        without = self.json("analyze", "--model", "model", "--without", "genre-mood", "new.wav")
        self.assertIsNone(without["genre_prediction"])

    def test_silence_is_no_genre(self):
        self.write("silence.wav", wav([0.0] * (RATE * 5)))
        heard = self.json("analyze", "silence.wav")
        self.assertIsNone(heard["genre_prediction"])
        self.assertIsNone(heard["mood_analysis"])

    def test_the_program_comes_with_a_model(self):
        heard = self.json("analyze", "music/00.wav")
        self.assertEqual(set(heard["genre_prediction"]), {"classical", "electronic", "pop", "rock"})
        self.assertFalse(heard["in_domain"], "bursts of noise are no music that it learnt from")

    def refused(self, words, rows, **more):
        self.labels("wrong.csv", rows, **more)
        self.fails(1, words, *self.TRAIN, "wrong.csv", *self.PARAMS)
        self.assertFalse((self.folder / "model").exists(), "nothing is published")

    def test_wrong_labels_name_what_is_wrong(self):
        self.refused("missing.wav", [*self.rows, "music/missing.wav,drums,x,1"])
        self.refused("genre", [row for row in self.rows if "drums" in row])
        self.refused("artist", [row.replace("drums-1", "a").replace("drums-2", "a").replace("drums-0", "a") for row in self.rows])
        self.refused("power", [*self.rows[:-1], self.rows[-1].rsplit(",", 1)[0] + ",nan"])
        self.refused("artist_group", self.rows, header="file,genre,somebody,power")
        self.write("empty.csv", b"")
        self.fails(1, "empty.csv", *self.TRAIN, "empty.csv")
        self.fails(1, "nowhere.csv", *self.TRAIN, "nowhere.csv")
        self.fails(1, "nothing", "analyze", "--model", "nothing", "music/00.wav")

    def test_tracks_that_cannot_be_heard_are_named_with_their_lines(self):
        self.write("music/short.wav", wav(drums(random.Random(1), 5)[:RATE // 2]))
        self.write("music/silent.wav", wav([0.0] * (RATE * 5)))
        self.write("music/broken.wav", b"no sound")
        extra = [f"music/{name}.wav,drums,x,1" for name in ("short", "silent", "broken")]
        self.labels("wrong.csv", self.rows + extra)
        told = self.fails(1, "3 of 15 tracks", *self.TRAIN, "wrong.csv", *self.PARAMS)
        for line, name in ((14, "short"), (15, "silent"), (16, "broken")):
            self.assertRegex(told, f"line {line}: [^;]*{name}.wav")
        self.assertFalse((self.folder / "model").exists(), "nothing is published")
        self.works(*self.TRAIN, "labels.csv", *self.PARAMS)
        self.fails(1, "3 of 15 tracks", "evaluate", "--model-type", "audio", "--model", "model", "--data-path", "wrong.csv")

    def test_half_a_second_has_no_genre_but_the_rest(self):
        self.write("short.wav", wav(drums(random.Random(1), 5)[:RATE // 2]))
        heard = self.json("analyze", "short.wav")
        for key in ("genre_prediction", "mood_analysis", "in_domain"):
            self.assertIsNone(heard[key], key)
        self.assertIsNone(heard["audio_features"]["energy"])
        self.assertEqual(heard["audio_features"]["duration_ms"], 500)
        self.assertGreater(heard["quality_score"], 0)

    def test_the_number_of_channels_changes_nothing_that_is_heard(self):
        self.works(*self.TRAIN, "labels.csv", *self.PARAMS)
        sound = strings(random.Random(5))
        told = []
        for channels in (1, 2, 6):
            self.write(f"{channels}.wav", wav(sound, channels))
            told.append(self.json("analyze", "--model", "model", f"{channels}.wav"))
        for heard in told[1:]:
            self.assertAlmostEqual(heard["genre_prediction"]["drums"], told[0]["genre_prediction"]["drums"], delta=0.02)
            self.assertAlmostEqual(heard["mood_analysis"]["power"], told[0]["mood_analysis"]["power"], delta=0.02)
        rows = self.rows[:]
        self.write("music/00.wav", wav(drums(random.Random(6)), 6))
        self.write("music/06.wav", wav(sound, 2))
        self.labels("mixed.csv", rows)
        judged = self.json("evaluate", "--model-type", "audio", "--model", "model", "--data-path", "mixed.csv")
        self.assertEqual(judged["genre_accuracy"], 1)

    def test_a_model_of_another_version_is_refused_with_the_way_out(self):
        self.works(*self.TRAIN, "labels.csv", *self.PARAMS)
        manifest = next((self.folder / "model").rglob("manifest.json"))
        told = json.loads(manifest.read_text(encoding="utf-8"))
        told["attributes"]["excerpt_version"] += 1
        told["schema_version"] = 1  # which has no seal
        del told["sha256"]
        manifest.write_text(json.dumps(told), encoding="utf-8")
        self.fails(1, "train --model-type audio", "analyze", "--model", "model", "music/00.wav")


if __name__ == "__main__":
    unittest.main()
