"""A library whose files were analysed: what is like what by its sound, paths, mixes, and what is shown from day to day."""

import json
import shutil
import signal
import sqlite3
import time
import unittest
from collections import Counter

import music_files
from program import PATIENCE, Case

EACH = 14  # files of each kind


class Mixes(Case):
    """42 files without genres, by 21 artists; every kind of sound has seven artists of its own."""

    @classmethod
    def setUpClass(cls):
        cls.sounds = {(kind, number): music_files.sound_of(kind, number)
                      for kind in music_files.KINDS for number in range(EACH + 1)}

    def setUp(self):
        super().setUp()
        self.music = self.folder / "music"
        self.music.mkdir()
        for kind in music_files.KINDS:
            for number in range(EACH):
                self.write_file(self.path(kind, number), kind, number)

    def path(self, kind, number):
        return self.music / f"{kind} {number:02}.wav"

    def write_file(self, path, kind, number, **more):
        tags = {"title": path.stem, "artist": f"{kind} artist {number % 7}", "album": "x", "genre": "", "track": 1} | more
        music_files.write_wav(path, 8000, self.sounds[kind, number], tags)

    def rows(self, sql, *values):
        with sqlite3.connect(self.database) as connection:
            return connection.execute(sql, values).fetchall()

    def analyse(self):
        said = self.works("import", "music-folder", self.music, "--analyze", "--json").stdout.splitlines()
        return json.loads(said[1])

    def trained(self):
        self.analyse()
        return self.works("train", "--model-type", "recommendation").stdout

    def kinds(self, answer):
        return Counter(one["track_name"].split()[0] for one in answer["recommendations"])

    def test_each_file_is_analysed_once(self):
        self.assertEqual(self.analyse(), {"path": str(self.music), "analyzed": 42, "changed": 0, "problems": []})
        self.assertEqual(self.analyse()["analyzed"], 0)
        self.path("noise", 3).rename(self.music / "moved.wav")
        self.write_file(self.path("pulses", 4), "pulses", 4, title="New words")
        self.write_file(self.music / "new.wav", "tones", EACH)
        self.assertEqual(self.analyse()["analyzed"], 1, "what moved or was tagged anew sounds as before")
        self.assertEqual(self.rows("SELECT COUNT(*), SUM(vector IS NOT NULL), SUM(integrated_lufs IS NOT NULL), "
                                   "SUM(genres <> '{}') FROM library_sounds"), [(43, 43, 43, 43)])
        (self.music / "broken.wav").write_bytes(self.path("noise", 1).read_bytes()[:60])
        text = self.works("import", "music-folder", self.music, "--analyze").stdout
        self.assertRegex(text, r"(?m)music: \d files analysed$")
        self.fails(2, "--analyze is for folders", "import", "events-csv", "x.csv", "--analyze")

    def test_killed_at_any_moment_it_goes_on(self):
        self.works("import", "music-folder", self.music)
        begun = self.folder / "begun.db"
        shutil.copy(self.database, begun)
        started = time.monotonic()
        self.analyse()
        took = time.monotonic() - started
        columns = "payload, tagger, problem, vector, tempo, tonic, integrated_lufs, genres, moods, features"
        expected = self.rows(f"SELECT {columns} FROM library_sounds ORDER BY payload")
        kills = 0
        for attempt in range(5):
            for suffix in ("", "-wal", "-shm"):
                self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
            shutil.copy(begun, self.database)
            process = self.start_program("import", "music-folder", self.music, "--analyze")
            time.sleep(took * (attempt + 0.5) / 5)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=PATIENCE)
            kills += process.returncode == -signal.SIGKILL
            self.analyse()
            self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
            self.assertEqual(self.rows(f"SELECT {columns} FROM library_sounds ORDER BY payload"), expected)
        self.assertGreater(kills, 1, "hardly one was met in the middle")

    def test_nobody_has_played_it_and_it_gives_mixes(self):
        self.assertRegex(self.trained(), "tags, artists and sound alone(?s:.*)the sound of 42 of 42 items is known")
        for kind in music_files.KINDS:
            answer = self.json("similar", "--track", self.path(kind, 0), "--limit", 8)
            self.assertGreaterEqual(self.kinds(answer)[kind], 7, answer)
            reasons = [one["recommendation_reason"] for one in answer["recommendations"]]
            self.assertGreaterEqual(sum(f"sounds like {kind} 00" in reason for reason in reasons), 6, reasons)
            artists = [one["artist_name"] for one in answer["recommendations"]]
            self.assertLessEqual(max(Counter(artists).values()), 2)
            self.assertTrue(all(a != b for a, b in zip(artists, artists[1:])), artists)

    def test_a_file_outside_the_library_is_heard_on_the_fly(self):
        self.trained()
        outside = self.folder / "outside.wav"
        self.write_file(outside, "pulses", EACH)
        for words in ("outside.wav", outside):  # relative to where one is, or whole
            answer = self.json("similar", "--track", words, "--limit", 6)
            self.assertEqual(self.kinds(answer)["pulses"], 6, answer)
            self.assertIn("sounds like outside.wav", answer["recommendations"][0]["recommendation_reason"])
            self.assertRegex(answer["notes"][0], "not in the library")
        inside = self.json("similar", "--track", "music/noise 02.wav", "--limit", 3)
        self.assertEqual(self.kinds(inside)["noise"], 3)
        music_files.write_wav(self.folder / "silent.wav", 8000, bytes(80000),
                              {"title": "", "artist": "", "album": "", "genre": "", "track": 1})
        self.fails(1, "silent: nothing sounds like it", "similar", "--track", "silent.wav")
        self.write("text.mp3", "no music")
        self.fails(1, "text.mp3", "similar", "--track", "text.mp3")
        self.fails(1, "not in the catalogue", "similar", "--track", "nothing.wav")

    def test_a_path_leads_from_one_song_to_another(self):
        self.analyse()  # no model is needed
        ends = self.path("tones", 0), self.path("noise", 5)
        answer = self.json("similar", "--track", ends[0], "--to", ends[1], "--limit", 8, "--output", self.folder / "p.m3u8")
        names = [one["track_name"] for one in answer["recommendations"]]
        self.assertEqual((names[0], names[-1]), ("tones 00", "noise 05"))
        self.assertEqual(len(set(names)), 8)
        artists = [one["artist_name"] for one in answer["recommendations"]]
        self.assertTrue(all(a != b for a, b in zip(artists, artists[1:])), artists)
        listed = [line for line in (self.folder / "p.m3u8").read_text().splitlines() if not line.startswith("#")]
        self.assertEqual(listed, [str(self.music / f"{name}.wav") for name in names])
        self.works("similar", "--track", ends[0], "--to", ends[1], "--limit", 8, "--output", self.folder / "p.jspf")
        tracks = json.loads((self.folder / "p.jspf").read_text())["playlist"]["track"]
        self.assertEqual([track["title"] for track in tracks], names)
        self.assertRegex(self.works("similar", "--track", ends[0], "--to", ends[1], "--limit", 4).stdout, "where it ends")
        self.fails(1, "one track to another", "similar", "--track", ends[0], "--to", ends[0])
        self.fails(1, "not in the catalogue", "similar", "--track", ends[0], "--to", "nowhere")
        self.fails(2, "path takes one", "similar", "--track", ends[0], "--track", ends[1], "--to", ends[1])
        self.fails(2, "limit of two", "similar", "--track", ends[0], "--to", ends[1], "--limit", 1)

    def test_a_path_needs_an_analysis(self):
        self.works("import", "music-folder", self.music)
        self.fails(1, "--analyze", "similar", "--track", self.path("tones", 0), "--to", self.path("tones", 1))

    def test_several_seeds_and_less_like_this(self):
        self.trained()
        seeds = ["--track", self.path("tones", 0), "--track", self.path("pulses", 0)]
        mixed = self.kinds(self.json("similar", *seeds, "--limit", 12))
        self.assertGreaterEqual(min(mixed["tones"], mixed["pulses"]), 3, mixed)
        less = self.json("similar", *seeds, "--less-like", self.path("pulses", 1), "--limit", 12)
        self.assertLess(self.kinds(less)["pulses"], mixed["pulses"])
        self.assertNotIn("pulses 01", [one["track_name"] for one in less["recommendations"]])
        self.fails(1, "nowhere", "similar", *seeds, "--less-like", "nowhere")

    def listen(self):
        """A listener of their own library: tones and noise, long ago."""
        then = int(time.time()) - 300 * 86400
        rows = [f"me,{item},{then + 60 * i}" for i, (item,) in enumerate(self.rows(
            "SELECT id FROM items WHERE title LIKE 'tones 0%' OR title LIKE 'noise 0%' ORDER BY id"))]
        self.works("import", "events-csv", self.write("events.csv", "user,item,timestamp\n" + "\n".join(rows) + "\n"))

    def mix(self, *words):
        return [one["track_id"] for one in self.json("recommend", "--user", "me", "--limit", 8, *words)["recommendations"]]

    def next_day(self):
        """As if one night had passed."""
        with sqlite3.connect(self.database) as connection:
            connection.execute("UPDATE exposures SET day = day - 1")

    def test_a_mix_is_the_same_all_day_and_another_tomorrow(self):
        self.analyse()
        self.listen()
        self.works("train", "--model-type", "recommendation")
        today = self.mix()
        self.assertEqual(len(today), 8)
        self.assertEqual(self.mix(), today, "the same day, the same mix")
        self.next_day()
        tomorrow = self.mix()
        self.assertEqual(self.mix("--ignore-shown"), today, "as if nothing had been shown")
        self.assertEqual(len(set(today) & set(tomorrow)), 0, "42 files are enough for two days")
        self.assertEqual(self.mix(), tomorrow, "asking without memory left no trace")
        days = [today, tomorrow]
        for _ in range(6):
            self.next_day()
            days.append(self.mix())
        self.assertLessEqual(max(len(set(a) & set(b)) for a, b in zip(days, days[1:])), 1, "not two days running")
        self.assertGreaterEqual(len(set(sum(days, []))), 24, "three days without a repetition, the half-life")
        artists = dict(self.rows("SELECT id, artist FROM items"))
        for day in days:
            self.assertGreaterEqual(len({artists[item] for item in day}), 4, "not from one artist")
            self.assertTrue(all(artists[a] != artists[b] for a, b in zip(day, day[1:])))

    def test_moods_are_heard(self):
        self.analyse()
        self.listen()
        self.works("train", "--model-type", "recommendation")
        moods = {item: json.loads(moods) | json.loads(features) for item, moods, features in self.rows(
            "SELECT f.item, s.moods, s.features FROM library_files f JOIN library_sounds s ON s.payload = f.payload")}
        mean = lambda items, name: sum(moods[item][name] for item in items) / len(items)
        plain = self.mix("--ignore-shown")
        calm = self.json("recommend", "--user", "me", "--limit", 8, "--mood", "calm", "--ignore-shown")
        self.assertFalse([note for note in calm["notes"] if "changes nothing" in note], calm["notes"])
        energetic = self.mix("--mood", "energetic", "--ignore-shown")
        items = [one["track_id"] for one in calm["recommendations"]]
        self.assertGreater(mean(items, "calmness"), mean(energetic, "calmness"))
        self.assertGreater(mean(energetic, "energy"), mean(items, "energy"))
        self.assertNotEqual(items, plain)
        self.assertTrue(any("sounds right for a calm mood" in one["recommendation_reason"]
                            for one in calm["recommendations"]))

    def test_clean_leaves_out_what_the_tags_call_explicit(self):
        self.write_file(self.path("tones", 1), "tones", 1, advisory="1")
        self.write_file(self.path("tones", 2), "tones", 2, advisory="2")
        self.trained()
        everything = ["similar", "--track", self.path("tones", 0), "--limit", 42, "--set", "recommendations.items_per_artist=50"]
        names = [one["track_name"] for one in self.json(*everything)["recommendations"]]
        clean = [one["track_name"] for one in self.json(*everything, "--clean")["recommendations"]]
        self.assertEqual(set(names) - set(clean), {"tones 01"})


if __name__ == "__main__":
    unittest.main()
