"""Tempo, key, mood and genre written into files, and taken back."""

import json
import unittest

import music_files
from program import Case


class Tags(Case):
    def setUp(self):
        super().setUp()
        self.music = self.folder / "music"
        self.music.mkdir()
        for kind in music_files.KINDS:
            tags = {"title": f"{kind} song", "artist": "Somebody", "album": "x", "genre": "", "track": 1}
            if kind == "noise":
                tags["genre"] = "Field Recording"
            music_files.write_wav(self.music / f"{kind}.wav", 8000, music_files.sound_of(kind, 1), tags)

    def bytes_of_all(self):
        return {path.name: path.read_bytes() for path in sorted(self.music.iterdir())}

    def lines(self, *call):
        return [json.loads(line) for line in self.works(*call, "--json").stdout.splitlines()]

    def test_written_and_taken_back(self):
        self.fails(1, "--analyze", "tags", "write")  # nothing was analysed yet
        self.works("import", "music-folder", self.music, "--analyze")
        before = self.bytes_of_all()
        planned = self.lines("tags", "write", "--dry-run", "--min-confidence", "0")
        self.assertEqual(self.bytes_of_all(), before, "a dry run touches nothing")
        self.assertFalse(list(self.folder.glob("tags-undo-*")))
        self.assertEqual([line["outcome"] for line in planned], ["changed"] * 3)
        noise = next(line for line in planned if line["file"].endswith("noise.wav"))
        self.assertEqual(noise["left"], {"GENRE": ["Field Recording"]}, "what the person wrote stays")
        self.assertIn("MOOD", noise["after"])

        undo = self.folder / "undo.ndjson"
        times = {path: path.stat().st_mtime_ns for path in self.music.iterdir()}
        said = self.works("tags", "write", "--min-confidence", "0", "--keep-time", "--undo-file", undo).stdout
        self.assertIn("3 files changed, 0 have nothing to change, 0 failed", said)
        self.assertIn(f"tags undo '{undo}'", said)
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.music.iterdir()}, times)
        self.assertNotEqual(self.bytes_of_all(), before)
        again = self.lines("tags", "write", "--min-confidence", "0")
        self.assertEqual([line["outcome"] for line in again], ["unchanged"] * 3)
        report = json.loads(self.works("import", "music-folder", self.music, "--analyze", "--json").stdout.splitlines()[0])
        self.assertEqual(report["items"]["added"], 0, "a tagged file is the track that it was")

        self.works("tags", "undo", undo, "--dry-run")
        self.assertNotEqual(self.bytes_of_all(), before)
        self.assertIn("3 files changed", self.works("tags", "undo", undo).stdout)
        self.assertEqual([line["outcome"] for line in self.lines("tags", "undo", undo)], ["unchanged"] * 3)
        self.assertEqual(self.lines("tags", "write", "--dry-run", "--min-confidence", "0"), planned, "as if nothing was")

    def test_words_and_files_that_are_off(self):
        self.works("import", "music-folder", self.music, "--analyze")
        self.fails(2, "--fields", "tags", "write", "--fields", "loudness")
        self.fails(2, "--min-confidence", "tags", "write", "--min-confidence", "2")
        self.fails(1, "'nowhere' does not exist", "tags", "write", "nowhere")
        self.fails(1, "No such file", "tags", "undo", "nowhere.ndjson")
        (self.folder / "other.ndjson").write_text("hello\n")
        self.fails(1, "is no undo file: line 1", "tags", "undo", self.folder / "other.ndjson")
        (self.music / "tones.wav").unlink()
        result = self.run_program("tags", "write", "--min-confidence", "0")
        self.assertEqual(result.returncode, 1)
        self.assertIn("tones.wav", result.stderr)
        self.assertIn("2 files changed, 0 have nothing to change, 1 failed", result.stdout)


if __name__ == "__main__":
    unittest.main()
