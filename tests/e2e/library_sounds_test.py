"""A library whose files are analysed: each sound once, whatever happens to the files, and whenever it is stopped."""

import json
import shutil
import signal
import time
import unittest

import music_files
from analysed_library import EACH, AnalysedLibrary
from program import PATIENCE


class LibrarySounds(AnalysedLibrary):
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

    def test_a_file_outside_the_library_is_heard_on_the_fly(self):
        self.analyse()  # no model is needed
        outside = self.folder / "outside.wav"
        self.write_file(outside, "pulses", EACH)
        for words in ("outside.wav", outside):  # relative to where one is, or whole
            answer = self.json("similar", "--track", words, "--limit", 6)
            self.assertEqual(self.kinds(answer)["pulses"], 6, answer)
            self.assertIn("sounds like outside.wav", answer["recommendations"][0]["recommendation_reason"])
            self.assertRegex(answer["notes"][0], "not in the library")
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
        self.fails(2, "limit of two", "similar", "--track", ends[0], "--to", ends[1], "--limit", 1)
        self.fails(2, "path takes one", "similar", "--track", ends[0], "--track", ends[1], "--to", ends[1])

    def test_a_path_needs_an_analysis(self):
        self.works("import", "music-folder", self.music)
        self.fails(1, "--analyze", "similar", "--track", self.path("tones", 0), "--to", self.path("tones", 1))


if __name__ == "__main__":
    unittest.main()
