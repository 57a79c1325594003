"""What happens to a running server: its disk fills up, its clock is set. Killed servers: kills_test.py; a database or a
Redis that goes away: postgres_test.py, redis_test.py."""

import shutil
import subprocess
import time
import unittest
from pathlib import Path

from program import SANITIZED, Case, Server

EVENTS = "/ml-analytics/events"
DAY = 86400


class Disk(Case):
    def test_a_full_disk_refuses_writes_and_keeps_what_was_acknowledged(self):
        self.trained()
        disk = self.disk("8m")
        for file in self.folder.glob("music.db*"):
            shutil.copy(file, disk)
        there = {"DATABASE_URL": f"sqlite:///{disk / 'music.db'}"}
        with Server(self, env=there) as server:
            token = server.token()
            headers = {"Authorization": f"Bearer {token}"}
            kept, refused = set(), []

            def write(batch):
                names = [f"e{batch}.{i}" for i in range(500)]
                events = [{"user_id": "writer", "track_id": f"{name} {'x' * 200}", "event_id": name} for name in names]
                status, told, body = server.request("POST", EVENTS, {"events": events}, headers)
                if status == 200:
                    kept.update(names)
                else:
                    refused.append((status, told, body))

            for batch in range(200):
                write(batch)
                if len(refused) == 3:
                    break
            self.assertGreater(len(kept), 0)
            self.assertEqual([status for status, _, _ in refused], [507] * 3, "there is a disk that never fills")
            self.assertIn("space", str(refused[0][2]))
            self.assertEqual(server.request("POST", "/ml-analytics/recommendations", {"user_id": "u1"}, headers)[0], 200)
            self.assertEqual(server.request("POST", "/ml-analytics/recommendations", {"user_id": "writer"}, headers)[0], 200)
            self.assertEqual(server.get("/health")[0], 200)
            self.remount(disk, "size=64m")
            write(1000)
            self.assertEqual(len(refused), 3, f"room again, and still refused: {refused[-1]}")
            self.assertEqual(self.written(server, headers), kept)
            server.process.kill()
        with Server(self, env=there) as server:
            self.assertEqual(self.written(server, headers), kept)

    @staticmethod
    def written(server, headers):
        status, _, told = server.request("GET", "/ml-analytics/users/writer/export", None, headers)
        assert status == 200, told
        return {event["track_id"].split()[0] for event in told["events"]}


class Clock(Case):
    def setUp(self):
        super().setUp()
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            self.skipTest("skipped: no C compiler")
        if SANITIZED:
            self.skipTest("skipped: sanitizers want to be loaded first")
        self.shift = self.folder / "shift"
        library = self.folder / "shifted_clock.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, Path(__file__).with_name("shifted_clock.c")],
                       check=True)
        self.moved = {"LD_PRELOAD": str(library), "MLA_CLOCK_SHIFT": str(self.shift)}

    def set_clock(self, days):
        """Of every process started with self.moved, from now on."""
        whole = self.folder / "shift.new"
        whole.write_text(str(days * DAY))
        whole.rename(self.shift)

    def asked(self, server, token, user="u1"):
        """(status, answer) of a question, after some more, so that a limit that lost its clock would refuse."""
        headers = {"Authorization": f"Bearer {token}"}
        for _ in range(3):
            server.request("GET", "/ml-analytics/recommendations/popular", None, headers)
        status, _, told = server.request("POST", "/ml-analytics/recommendations", {"user_id": user}, headers)
        return status, told

    def test_a_clock_that_jumps_ends_tokens_and_nothing_else(self):
        self.trained()
        self.set_clock(0)
        with Server(self, env=self.moved | {"API_RATE_LIMIT": "6000"}) as server:
            first = server.token()
            self.assertEqual(self.asked(server, first)[0], 200)
            heard = []

            def hear(token, track):
                status, _, told = server.request("POST", EVENTS, {"user_id": "ana", "track_id": track},
                                                 {"Authorization": f"Bearer {token}"})
                self.assertEqual((status, told.get("added")), (200, 1), told)
                heard.append(track)

            hear(first, "i1")
            for days in (400, -400, 0):
                self.set_clock(days)
                if days == 400:
                    self.assertEqual(self.asked(server, first)[0], 401, "expired")
                elif days == -400:
                    self.assertEqual(self.asked(server, first)[0], 401, "of the future")
                token = server.token()
                status, told = self.asked(server, token)
                self.assertEqual(status, 200)
                self.assertEqual(len(told["recommendations"]), 20)
                hear(token, f"i{2 + len(heard)}")
                self.assertEqual(self.asked(server, token, "ana")[0], 200)
                self.assertEqual(server.get("/health")[0], 200)
            headers = {"Authorization": f"Bearer {token}"}
            _, _, told = server.request("GET", "/ml-analytics/users/ana/export", None, headers)
            self.assertEqual(sorted(event["track_id"] for event in told["events"]), sorted(heard))
            began = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - began, 60, "a stop does not wait for the old time to come again")


if __name__ == "__main__":
    unittest.main()
