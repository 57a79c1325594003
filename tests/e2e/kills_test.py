"""kill -9 of the server while clients write: no acknowledged event is lost or there twice (bench/kills.py: 200 times)."""

import sqlite3
import unittest

from program import SLOW, Case
from writers import kill_while_written


class Kills(Case):
    def test_no_acknowledged_event_is_lost_or_doubled(self):
        self.trained()
        kills = 20 if SLOW else 3
        writers = kill_while_written(self, kills)
        with sqlite3.connect(self.database) as database:
            rows = database.execute("SELECT e.time / 1000 FROM events e JOIN users u ON u.key = e.user "
                                    "WHERE u.id LIKE 'writer-%' ORDER BY 1").fetchall()
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        self.assertEqual(writers.refused, [])
        self.assertGreaterEqual(writers.repeated, kills, "no kill met a client")
        self.assertEqual([second for (second,) in rows], writers.seconds())


if __name__ == "__main__":
    unittest.main()
