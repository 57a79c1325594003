"""Mixes of an analysed library: from seeds, by mood, without what is explicit, and not the same from day to day."""

import json
import sqlite3
import time
import unittest
from collections import Counter

import music_files
from analysed_library import AnalysedLibrary


class Mixes(AnalysedLibrary):
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

    def test_several_seeds_and_less_like_this(self):
        self.trained()
        seeds = ["--track", self.path("tones", 0), "--track", self.path("pulses", 0)]
        mixed = self.kinds(self.json("similar", *seeds, "--limit", 12))
        self.assertGreaterEqual(min(mixed["tones"], mixed["pulses"]), 3, mixed)
        less = self.json("similar", *seeds, "--less-like", self.path("pulses", 1), "--limit", 12)
        self.assertLess(self.kinds(less)["pulses"], mixed["pulses"])
        self.assertNotIn("pulses 01", [one["track_name"] for one in less["recommendations"]])
        self.fails(1, "nowhere", "similar", *seeds, "--less-like", "nowhere")
        outside = self.folder / "outside.wav"
        self.write_file(outside, "noise", 14)
        self.fails(1, "is a --track by itself", "similar", *seeds, "--track", outside)
        self.fails(1, "is a --track by itself", "similar", *seeds, "--less-like", outside)

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
