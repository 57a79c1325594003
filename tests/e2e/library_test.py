"""A person's music folder: imported, changed, moved, killed in the middle, watched; and what is made of it."""

import json
import math
import os
import random
import shutil
import signal
import sqlite3
import struct
import time
import unittest

import music_files
from program import PATIENCE, SANITIZED, SLOW, Case


class Library(Case):
    def setUp(self):
        super().setUp()
        self.music = self.folder / "music"
        self.music.mkdir()

    def scan(self):
        return self.json("import", "music-folder", self.music)

    def state(self, database=None):
        """Everything that the database says of the library, times of going away left out."""
        with sqlite3.connect(database or self.database) as connection:
            self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            files = connection.execute("SELECT item, path, size, payload, gone IS NULL, tags FROM library_files "
                                       "ORDER BY item").fetchall()
            items = connection.execute("SELECT id, title, artist, album, path, tags FROM items WHERE removed = 0 "
                                       "ORDER BY id").fetchall()
        return files, items

    def change(self, count):
        """What people do to their folders between two scans."""
        for song in range(0, count, 7):
            music_files.song_path(self.music, song).unlink()
        for song in range(1, count, 7):
            old = music_files.song_path(self.music, song)
            new = self.music / "Moved" / old.name
            new.parent.mkdir(exist_ok=True)
            old.rename(new)
        for song in range(2, count, 7):
            music_files.write_song(self.music, song, title=f"New title {song}")
        for song in range(count, count + count // 5):
            music_files.write_song(self.music, song)
        (self.music / "broken.flac").write_bytes(b"fLaC and nothing else")

    def test_a_folder_becomes_a_library(self):
        music_files.write_library(self.music, 40)
        self.assertEqual(self.scan()["items"], {"added": 40, "updated": 0, "unchanged": 0})
        self.assertEqual(self.scan()["items"], {"added": 0, "updated": 0, "unchanged": 40})
        before = {item[1]: item[0] for item in self.state()[1]}
        self.assertEqual(sorted(before), sorted(f"Song {song}" for song in range(40)), "titles of every format")
        self.change(40)
        report = self.scan()
        self.assertEqual(report["rejected"], 1)
        self.assertEqual(len(report["notes"]), 2, report["notes"])
        after = {item[0]: item for item in self.state()[1]}
        for song in range(40):
            item = after[before[f"Song {song}"]]
            self.assertEqual(item[4] == "", song % 7 == 0, "only what is gone has no path")
            self.assertEqual(item[1], f"New title {song}" if song % 7 == 2 else f"Song {song}")
        self.assertEqual(len(after), 48)

    def test_every_kind_is_found_out(self):
        music_files.write_library(self.music, 3)
        report = self.json("import", "auto", self.music)
        self.assertEqual((report["kind"], report["items"]["added"]), ("music-folder", 3))

    def test_a_playlist_of_it_names_its_files(self):
        music_files.write_library(self.music, 60)
        self.scan()
        seed = music_files.song_path(self.music, 3)
        self.works("train", "--model-type", "recommendation", "--algorithm", "content")
        self.works("similar", "--track", seed, "--limit", "10", "--output", self.folder / "mix.m3u8")
        paths = [line for line in (self.folder / "mix.m3u8").read_text().splitlines() if not line.startswith("#")]
        self.assertGreater(len(paths), 0)
        for path in paths:
            self.assertTrue(os.path.exists(path), path)

    def test_a_model_of_genres_learns_from_its_tags(self):
        draw = random.Random(4)
        for song in range(60):  # noise and tones, by five artists each
            genre = ("noise", "tone")[song % 2]
            rate, seconds = 8000, 4
            step = 200 + 20 * draw.random()
            samples = [int(9000 * math.sin(2 * math.pi * step * i / rate)) if genre == "tone" else draw.randrange(-9000, 9000)
                       for i in range(rate * seconds)]
            data = struct.pack(f"<{len(samples)}h", *samples)
            music_files.write_wav(self.music / f"{song}.wav", rate, data, {
                "title": f"{genre} {song}", "artist": f"{genre} artist {song % 10 // 2}", "album": "x", "genre": genre,
                "track": song})
        music_files.write_song(self.music, 0)  # of a genre of its own
        self.scan()
        said = self.works("train", "--model-type", "audio", "--from-library", "--params", '{"repetitions": 1}').stdout
        self.assertRegex(said, r"left out are genres .*rock \(1\)")
        self.assertRegex(said, r"accuracy 100\.0 %")
        self.assertRegex(said, "trained an audio model on 60 tracks")
        answer = json.loads(self.works("analyze", "--json", self.music / "1.wav").stdout)
        self.assertGreater(answer["genre_prediction"]["tone"], 0.5)

    def test_a_model_of_genres_says_what_the_library_lacks(self):
        self.fails(1, "0 tracks with a genre.*two", "train", "--model-type", "audio", "--from-library")
        music_files.write_library(self.music, 90)
        self.scan()
        self.fails(1, "none of the library's 90 tracks.*shorter than 3 s", "train", "--model-type", "audio", "--from-library")
        self.fails(2, "either", "train", "--model-type", "audio", "--from-library", "--data-path", "x.csv")
        self.fails(2, "genres alone", "train", "--model-type", "audio", "--from-library", "--params", '{"targets": ["a"]}')

    def test_killed_at_any_moment_it_ends_in_the_same_state(self):
        count = 300 if SANITIZED else 1500
        music_files.write_library(self.music, count)
        self.scan()
        self.change(count)
        killed, whole = self.folder / "killed.db", self.folder / "whole.db"
        shutil.copy(self.database, killed)
        shutil.copy(self.database, whole)
        started = time.monotonic()
        self.works("import", "music-folder", self.music, env={"DATABASE_URL": f"sqlite:///{whole}"})
        took = time.monotonic() - started
        expected = self.state(whole)
        kills = 0
        attempts = 50 if SLOW else 10
        for attempt in range(attempts):
            copy = self.folder / "copy.db"
            for suffix in ("", "-wal", "-shm"):
                (self.folder / f"copy.db{suffix}").unlink(missing_ok=True)
            shutil.copy(killed, copy)
            self.environment["DATABASE_URL"] = f"sqlite:///{copy}"
            process = self.start_program("import", "music-folder", self.music)
            time.sleep(took * (attempt + 0.5) / attempts)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=PATIENCE)
            kills += process.returncode == -signal.SIGKILL
            self.scan()
            self.assertEqual(self.state(copy), expected, f"killed after {attempt} of {attempts} parts")
        self.assertGreater(kills, attempts // 3, "hardly one was met in the middle")

    def test_watched_it_follows_what_happens(self):
        music_files.write_library(self.music, 5)
        process = self.start_program("import", "music-folder", self.music, "--watch", "--json")
        try:
            self.assertEqual(json.loads(process.stdout.readline())["items"]["added"], 5)
            music_files.write_song(self.music, 5)
            self.assertEqual(json.loads(process.stdout.readline())["items"]["added"], 1)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0)
        finally:
            process.kill()
            process.wait()

    def test_words_that_are_off(self):
        self.fails(2, "watch is for folders", "import", "events-csv", "x.csv", "--watch")
        self.fails(1, "not a folder", "import", "music-folder", music_files.write_song(self.music, 1))
        self.fails(1, "no such file", "import", "music-folder", self.folder / "nowhere")


if __name__ == "__main__":
    unittest.main()
