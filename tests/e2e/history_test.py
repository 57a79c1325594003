"""A Spotify history over a music folder: imported, matched, undone; another person's refused."""

import json
import unittest
import zipfile

import music_files
from program import Case


def row(song, day, title=None, username="anna"):
    return {"ts": f"2024-05-{day:02}T20:00:00Z", "username": username, "ms_played": 180_000,
            "master_metadata_track_name": title or f"Song {song}",
            "master_metadata_album_artist_name": f"Artist {song % 97:02}",
            "master_metadata_album_album_name": f"Album {song % 5}",
            "spotify_track_uri": f"spotify:track:{song:022}", "reason_start": "trackdone", "reason_end": "trackdone",
            "skipped": False}


class History(Case):
    def setUp(self):
        super().setUp()
        self.music = self.folder / "music"
        music_files.write_library(self.music, 20)
        self.works("import", "music-folder", self.music)

    def export(self, rows, name="Streaming_History_Audio_2024_1.json"):
        file = self.folder / name
        file.write_text(json.dumps(rows))
        return file

    def test_what_was_heard_is_matched_to_files(self):
        rows = [row(song, day) for day, song in enumerate(range(10), 1)]
        rows.append(row(500, 20, title="Nowhere to be found"))
        file = self.export(rows)
        said = self.works("import", "spotify-history", file, "--user", "anna").stdout
        self.assertRegex(said, r"11 events added")
        self.assertRegex(said, r"10 of 11 heard tracks")
        again = self.json("import", "spotify-history", file, "--user", "anna")
        self.assertEqual(again["events"]["added"], 0, "the same export twice is one history")
        self.assertIn("Nowhere to be found", self.works("matches", "unmatched").stdout)
        undone = f"spotify:track:{3:022}"
        self.works("matches", "undo", undone)
        self.works("matches", "run")
        self.assertIn("Song 3", self.works("matches", "unmatched").stdout, "an undone match is not made again")
        self.fails(1, "no match of", "matches", "undo", undone)

    def test_another_persons_export_is_refused(self):
        self.works("import", "spotify-history", self.export([row(1, 1)]), "--user", "anna")
        other = self.export([row(2, 2, username="berta")], "Streaming_History_Audio_2024_2.json")
        self.fails(1, "berta", "import", "spotify-history", other, "--user", "anna")
        self.works("import", "spotify-history", other, "--user", "anna", "--merge-accounts")

    def test_the_zip_of_a_service_is_read_as_it_comes(self):
        file = self.export([row(song, day) for day, song in enumerate(range(10), 1)])
        archive = self.folder / "my_spotify_data.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
            pack.write(file, "Spotify Extended Streaming History/Streaming_History_Audio_2024_1.json")
            pack.writestr("Spotify Extended Streaming History/ReadMeFirst.pdf", b"%PDF")
        said = self.works("import", "auto", archive, "--user", "anna").stdout
        self.assertRegex(said, r"10 events added(?s:.*)10 of 10 heard tracks")
        self.assertEqual(self.json("import", "auto", file, "--user", "anna")["events"]["added"], 0)
        cut = self.folder / "cut.zip"
        cut.write_bytes(archive.read_bytes()[:-30])
        self.fails(1, "cut off", "import", "auto", cut)

    def test_broken_exports(self):
        self.fails(1, "json|not", "import", "spotify-history", self.export([]).with_name("none.json"))
        broken = self.folder / "Streaming_History_Audio_x.json"
        broken.write_text('[{"ts": "2024-05-01T20:00:00Z", ')
        self.assertEqual(self.run_program("import", "spotify-history", broken).returncode, 1)


if __name__ == "__main__":
    unittest.main()
