"""Ctrl-C and kill -9 in the middle of each long command: kept or undone, never half; nothing acknowledged is lost."""

import contextlib
import http.client
import os
import signal
import sqlite3
import threading
import time
import unittest

from program import PATIENCE, SLOW, Case, Server, write_events

# Long enough to be met in the middle, on any machine.
SLOW_TRAINING = ["--algorithm", "ials", "--params", '{"factors": 128, "epochs": 1000}']


class Interrupted(Case):
    def integrity(self):
        with sqlite3.connect(self.database) as connection:
            self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            return connection.execute("SELECT count(*) FROM events").fetchone()[0]

    def interrupt(self, process, with_signal, when, seconds=0.3):
        """Sends the signal once `when()` is true and the work has gone on for a while; returns code and stderr."""
        deadline = time.monotonic() + PATIENCE
        while not when() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(seconds)
        process.send_signal(with_signal)
        _, errors = process.communicate(timeout=PATIENCE)
        return process.returncode, errors

    def stopped_in_the_middle(self, code, errors):
        self.assertEqual(code, 1, errors)
        self.assertEqual(len(errors.strip().splitlines()), 1, errors)
        self.assertRegex(errors, "(?i)cancel|interrupt|stopped")

    def has_rows(self):
        try:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
                return connection.execute("SELECT count(*) FROM events").fetchone()[0] > 0
        except sqlite3.Error:
            return False


class Import(Interrupted):
    """The rows come through a pipe without an end, so that the import is surely not over when the signal comes."""

    def rows(self, first, count):
        return "".join(f"u{n % 5000},i{n % 977},{1_700_000_000 + n}\n" for n in range(first, first + count)).encode()

    def start(self):
        self.fifo = self.folder / "pipe.csv"
        os.mkfifo(self.fifo)
        process = self.start_program("import", "events-csv", self.fifo)
        self.fed = 0

        def feed():
            with contextlib.suppress(BrokenPipeError), open(self.fifo, "wb") as pipe:
                pipe.write(b"user,item,timestamp\n")
                while True:
                    pipe.write(self.rows(self.fed, 1000))
                    self.fed += 1000

        self.feeder = threading.Thread(target=feed, daemon=True)
        self.feeder.start()
        return process

    def finish(self):
        self.feeder.join(PATIENCE)
        total = self.fed + 1000  # more than what was read, so that there is a rest
        self.assertLess(self.integrity(), total)
        # The whole file under the same name: what was kept is not added twice.
        self.fifo.unlink()
        self.fifo.write_bytes(b"user,item,timestamp\n" + self.rows(0, total))
        self.works("import", "events-csv", self.fifo)
        self.assertEqual(self.integrity(), total)

    def test_ctrl_c(self):
        process = self.start()
        code, errors = self.interrupt(process, signal.SIGINT, self.has_rows)
        self.stopped_in_the_middle(code, errors)
        self.finish()

    def test_kill(self):
        process = self.start()
        code, _ = self.interrupt(process, signal.SIGKILL, self.has_rows)
        self.assertEqual(code, -signal.SIGKILL)
        self.finish()


class Train(Interrupted):
    def setUp(self):
        super().setUp()
        self.works("import", "events-csv", write_events(self.folder / "events.csv", users=500, items=2000, per_user=60))
        self.works("train", "--model-type", "recommendation", "--algorithm", "popularity")
        self.before = self.snapshot()

    def snapshot(self):
        return {str(path.relative_to(self.models)): path.stat().st_size for path in self.models.rglob("manifest.json")}

    def interrupted(self, with_signal):
        process = self.start_program("train", "--model-type", "recommendation", *SLOW_TRAINING)
        result = self.interrupt(process, with_signal, lambda: True, seconds=0.7)
        self.assertEqual(self.snapshot(), self.before, "an interrupted training published something")
        self.works("recommend", "--user", "u0")
        self.integrity()
        return result

    def test_ctrl_c(self):
        code, errors = self.interrupted(signal.SIGINT)
        self.stopped_in_the_middle(code, errors)

    def test_kill(self):
        self.interrupted(signal.SIGKILL)
        self.works("train", "--model-type", "recommendation", "--algorithm", "popularity")
        self.assertEqual(len(self.snapshot()), len(self.before) + 1)

    def test_kill_between_any_two_steps_of_publishing(self):
        """Kills short trainings at ever later moments; whatever is there afterwards is whole."""
        for milliseconds in range(0, 400, 10 if SLOW else 50):
            process = self.start_program("train", "--model-type", "recommendation", "--algorithm", "popularity")
            time.sleep(milliseconds / 1000)
            process.kill()
            process.communicate()
            self.works("recommend", "--user", "u0", "--limit", "1")


class Evaluate(Interrupted):
    def setUp(self):
        super().setUp()
        for name, seed in (("train.csv", 1), ("test.csv", 2)):
            write_events(self.folder / name, users=500, items=2000, per_user=60, seed=seed, timed=False)
        self.call = ["evaluate", "--train", "train.csv", "--test", "test.csv", *SLOW_TRAINING, "--json"]

    def test_ctrl_c(self):
        process = self.start_program(*self.call)
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
        self.stopped_in_the_middle(process.returncode, errors)
        self.assertEqual(output, "", "half an answer was printed")

    def test_kill(self):
        process = self.start_program(*self.call)
        time.sleep(0.5)
        process.kill()
        output, _ = process.communicate()
        self.assertEqual(output, "")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["test.csv", "train.csv"])


class Serve(Interrupted):
    def setUp(self):
        super().setUp()
        self.trained()

    def test_ctrl_c_and_term_end_well_and_soon(self):
        for with_signal in (signal.SIGINT, signal.SIGTERM):
            with Server(self) as server:
                started = time.monotonic()
                self.assertEqual(server.stop(with_signal), 0, server.text())
                self.assertLess(time.monotonic() - started, 15)

    def test_what_was_acknowledged_survives_kill(self):
        def event(name):
            return {"user_id": "writer", "track_id": "i1", "type": "listen", "event_id": name}

        acknowledged = []
        with Server(self) as server:

            def write(writer):
                with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                    for number in range(1_000_000):
                        if server.post("/ml-analytics/events", event(f"w{writer}-{number}"))[0] not in (200, 201, 202):
                            return
                        acknowledged.append(f"w{writer}-{number}")

            writers = [threading.Thread(target=write, args=(i,)) for i in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(1)
            server.process.kill()
            for writer in writers:
                writer.join()
        self.assertGreater(len(acknowledged), 10)
        self.integrity()
        # Sent again, each is known already.
        with Server(self) as server:
            for part in range(0, len(acknowledged), 500):
                status, _, told = server.post("/ml-analytics/events",
                                              {"events": [event(name) for name in acknowledged[part: part + 500]]})
                self.assertIn(status, (200, 201, 202), told)
                self.assertEqual(told["added"], 0, "acknowledged events are lost")

    def test_a_port_in_use(self):
        with Server(self) as server:
            line = self.fails(1, "in use", "serve", "--port", server.port)
            self.assertIn(str(server.port), line)
            self.assertEqual(server.get("/health/live")[0], 200)


if __name__ == "__main__":
    unittest.main()
