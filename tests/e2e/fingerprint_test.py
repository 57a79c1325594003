"""`fingerprint` as a person uses it: index a folder, ask for snippets, change the folder, break the index."""

import json
import math
import os
import random
import struct
import unittest

from program import Case

RATE = 22050


def music(seed, seconds=16):
    """Random notes, two at a time, as floats."""
    draw, samples, low, high = random.Random(seed), [], 220.0, 880.0
    for n in range(seconds * RATE):
        if n % 4410 == 0:
            low, high = 220 * 2 ** (draw.randrange(20) / 12), 880 * 2 ** (draw.randrange(20) / 12)
        shape = math.exp(-(n % 4410) / 1500)
        samples.append(shape * (0.3 * math.sin(2 * math.pi * low * n / RATE) + 0.2 * math.sin(2 * math.pi * high * n / RATE)))
    return samples


def wav(samples):
    data = struct.pack(f"<{len(samples)}h", *(round(32767 * x) for x in samples))
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


class Fingerprint(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.songs = [music(seed) for seed in range(3)]

    def setUp(self):
        super().setUp()
        for n, song in enumerate(self.songs):
            self.write(f"music/song{n}.wav", wav(song))

    def index(self, *arguments, code=0):
        result = self.run_program("fingerprint", "index", "--json", "--output", "all.index", *(arguments or ("music",)))
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(result.stdout)

    def identify(self, *files, code=0):
        result = self.run_program("fingerprint", "identify", "--json", "--index", "all.index", *files)
        self.assertEqual(result.returncode, code, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_snippets_are_found_and_strangers_are_not(self):
        self.index()
        self.write("clip1.wav", wav(self.songs[1][4 * RATE:10 * RATE]))
        self.write("clip2.wav", wav(music(9, 6)))
        found, strange = self.identify("clip1.wav", "clip2.wav")
        self.assertEqual(os.path.basename(found["matches"][0]["file"]), "song1.wav")
        self.assertAlmostEqual(found["matches"][0]["offset"], 4, delta=0.1)
        self.assertEqual(strange["matches"], [])
        text = self.works("fingerprint", "identify", "--index", "all.index", "clip1.wav", "clip2.wav").stdout
        self.assertRegex(text, r"clip1.wav\n  .*song1.wav  at 0:0[34], score \d+\nclip2.wav\n  not in the index\n")

    def test_only_what_changed_is_heard_again(self):
        counts = self.index()
        self.assertEqual((counts["recordings"], counts["added"]), (3, 3))
        self.assertEqual(self.index()["kept"], 3)
        os.remove(self.folder / "music/song0.wav")
        self.write("music/song2.wav", wav(music(7)))
        self.write("other/song3.wav", wav(music(8)))
        counts = self.index()
        self.assertEqual((counts["kept"], counts["added"], counts["removed"], counts["recordings"]), (1, 1, 1, 2))
        self.assertEqual(self.index("other")["recordings"], 3, "what lies elsewhere stays")

    def test_a_file_that_cannot_be_decoded_costs_itself(self):
        self.write("music/bad.mp3", b"no music")
        counts = self.index(code=1)
        self.assertEqual((counts["added"], counts["failed"]), (3, 1))
        lines = self.identify("music/song0.wav", "music/bad.mp3", code=1)
        self.assertEqual(lines[1]["error"]["code"], "unsupported")

    def test_duplicates(self):
        self.write("music/copy.wav", wav([0.0] * 2000 + [0.5 * x for x in self.songs[0]]))
        self.index()
        result = self.works("fingerprint", "duplicates", "all.index", "--json")
        groups = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([[os.path.basename(file["file"]) for file in group["files"]] for group in groups],
                         [["copy.wav", "song0.wav"]])
        self.assertRegex(self.works("fingerprint", "duplicates", "all.index").stdout, r"score 0?\.\d|score 1.00")

    def test_a_broken_index_is_refused_and_left_alone(self):
        self.write("all.index", b"my diary")
        result = self.run_program("fingerprint", "index", "music", "--output", "all.index")
        self.assertEqual(result.returncode, 1)
        self.assertIn("is no fingerprint index", result.stderr)
        self.assertEqual((self.folder / "all.index").read_bytes(), b"my diary")
        for words in (("identify", "music/song0.wav", "--index"), ("duplicates",)):
            result = self.run_program("fingerprint", *words, "all.index")
            self.assertEqual((result.returncode, result.stdout), (1, ""))

    def test_wrong_words(self):
        for words in ((), ("index",), ("index", "music"), ("identify", "a.wav"), ("duplicates",), ("look",),
                      ("identify", "a.wav", "--index", "x", "--min-score", "1")):
            self.assertEqual(self.run_program("fingerprint", *words).returncode, 2, words)
        for words in (("index", "nowhere", "--output", "x"), ("identify", "a.wav", "--index", "nowhere")):
            result = self.run_program("fingerprint", *words)
            self.assertEqual((result.returncode, result.stdout), (1, ""), words)


if __name__ == "__main__":
    unittest.main()
