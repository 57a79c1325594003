"""A music folder of made-up files that are analysed, for the tests of what a library sounds like."""

import json
import sqlite3
from collections import Counter

import music_files
from program import Case

EACH = 14  # files of each kind


class AnalysedLibrary(Case):
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
