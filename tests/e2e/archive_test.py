"""The archive: full analyses in the database, and a MongoDB (FerretDB) that is told everything, dies, hangs and returns."""

import contextlib
import json
import signal
import sqlite3
import statistics
import sys
import threading
import time
import unittest
from pathlib import Path

import music_files
from program import PATIENCE, ROOT, SLOW, Case, Server, free_port

sys.path.insert(0, str(ROOT / "tools"))
import mongo  # noqa: E402

EVENTS = "/ml-analytics/events"


class WithoutMongo(Case):
    @staticmethod
    def write_song(path):
        sound = music_files.sound_of(music_files.KINDS[0], 1)
        music_files.write_wav(path, 8000, sound, {"title": "One", "artist": "Ana", "album": "x", "genre": "", "track": 1})

    def test_nonsense_is_refused_with_a_line(self):
        for url, says in (("http://h/d", "is no address of MongoDB"), ("mongodb://ana:hunter2@h:port/d", "cannot be read"),
                          ("mongodb://ana:hun@ter2@h/d", "cannot be read")):
            line = self.fails(1, rf"MONGODB_URL \(database.mongodb_url\) '.*{says}", "serve", "--port", "0",
                              env={"MONGODB_URL": url})
            self.assertNotIn("ter2", line)
        self.fails(2, "set MONGODB_URL", "archive", "run")

    def test_nothing_of_it_is_in_a_process_that_does_not_ask_for_it(self):
        def in_process(**settings):
            with Server(self, **settings) as server:
                return "libmongoc" in (Path("/proc") / str(server.process.pid) / "maps").read_text()

        self.assertFalse(in_process(), "it makes files in shared memory, which a kill leaves behind")
        self.assertTrue(in_process(env={"MONGODB_URL": "mongodb://127.0.0.1:1/music"}))

    def test_one_that_is_not_there_is_a_problem_and_no_error(self):
        url = f"mongodb://ana:hunter2@127.0.0.1:{free_port()}/music"
        with Server(self, env={"MONGODB_URL": url}) as server:
            self.assertEqual(server.post(EVENTS, {"user_id": "ana", "track_id": "a", "type": "like"})[0], 200)
            deadline = time.monotonic() + PATIENCE
            while not server.get("/health")[2]["problems"]:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            status, _, health = server.get("/health")
            self.assertEqual((status, health["status"]), (200, "healthy"))
            self.assertRegex(health["problems"][0], "^archive: mongodb 127.0.0.1:[0-9]+/music: .*connection refused")
            self.assertRegex(server.get("/metrics")[2], "ml_analytics_archive_failures_total [1-9]")
            self.assertIn("the archive is not told what is new", server.text())
            self.assertNotIn("hunter2", server.text())
        said = self.run_program("archive", "status", env={"MONGODB_URL": url})
        self.assertEqual(said.returncode, 1)
        self.assertIn("waiting        1 parts of histories, 0 erasures, 0 analyses", said.stdout)
        self.assertIn("connection refused", said.stderr)
        self.assertNotIn("hunter2", said.stdout + said.stderr)
        self.assertEqual(self.run_program("archive", "run", env={"MONGODB_URL": url}).returncode, 1)
        self.assertIn("no archive follows any more", self.works("archive", "stop").stdout)
        self.assertIsNone(self.json("archive", "status")["archive"])

    def test_full_analyses_are_given_back(self):
        music = self.folder / "music"
        music.mkdir()
        self.write_song(music / "one.wav")
        self.works("import", "music-folder", music, "--analyze")
        with Server(self) as server:
            form = (b'--XX\r\nContent-Disposition: form-data; name="file"; filename="mine.wav"\r\n\r\n' +
                    (music / "one.wav").read_bytes() + b"\r\n--XX--\r\n")
            status, _, told = server.request("POST", "/ml-analytics/audio/analyze", form, {
                "Content-Type": "multipart/form-data; boundary=XX", "Authorization": f"Bearer {server.token()}"})
            self.assertEqual(status, 200, told)
        listed = self.json("archive", "list")
        whole = json.loads(self.works("archive", "get", music / "one.wav").stdout)
        self.assertEqual({key: whole[key] for key in listed}, listed)
        # All that the answer said, but for what is the file's.
        self.assertEqual(whole["analysis"], {key: value for key, value in told.items()
                                             if key not in ("file", "file_bytes", "file_modified_ns")})
        self.assertEqual(json.loads(self.works("archive", "get", listed["payload"]).stdout), whole)
        self.assertEqual(json.loads(self.works("archive", "export").stdout), whole)
        self.assertEqual(self.json("archive", "status")["analyses"], 1)
        self.fails(1, "no full analysis of 'nothing' is kept", "archive", "get", "nothing")

    def test_none_are_kept_where_none_are_wanted(self):
        music = self.folder / "music"
        music.mkdir()
        self.write_song(music / "one.wav")
        self.works("import", "music-folder", music, "--analyze", "--set", "archive.analyses=false")
        self.assertEqual(self.works("archive", "list").stdout, "")


class Writer(threading.Thread):
    """Somebody who sends events, one after the other, until told to stop."""

    def __init__(self, server, listener):
        super().__init__()
        self.server, self.listener = server, listener
        self.stopped = threading.Event()
        self.seconds = []
        self.statuses = set()

    def run(self):
        while not self.stopped.is_set():
            begin = time.monotonic()
            number = len(self.seconds)
            status, _, _ = self.server.post(EVENTS, {"user_id": self.listener, "track_id": f"i{number % 9}",
                                                     "type": "listen", "event_id": f"{self.listener}-{number}"})
            self.statuses.add(status)
            self.seconds.append(time.monotonic() - begin)


@unittest.skipUnless(SLOW and mongo.binary(), "slow: ./test.sh --all builds FerretDB (tools/mongo.py --build) and runs it")
class WithMongo(Case):
    def setUp(self):
        super().setUp()
        self.mongo = mongo.Server()
        self.mongo.__enter__()
        self.addCleanup(self.mongo.__exit__)
        self.environment["MONGODB_URL"] = self.mongo.url
        self.options = ("--set", "archive.timeout=1", "--set", "archive.batch_size=7")

    def server(self):
        server = Server(self, *self.options)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    def await_true(self, what, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.1)

    def status(self):
        return json.loads(self.run_program("archive", "status", "--json").stdout)["archive"]

    def events(self):
        """How many events the database has."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute("SELECT COUNT(*) FROM events").fetchone()[0]

    def await_told(self):
        def told():
            status = self.status()
            return status["problem"] is None and not any(status["waiting"].values())
        self.await_true("the archive is told all", told)
        self.assertEqual(self.status()["events"], self.events())

    def writing(self, server):
        writer = Writer(server, "ana")
        server.token()
        writer.start()
        self.addCleanup(writer.join)
        self.addCleanup(writer.stopped.set)
        return writer

    def written(self, writer, more):
        enough = len(writer.seconds) + more
        self.await_true("events are taken", lambda: len(writer.seconds) >= enough)

    def ended(self, writer):
        writer.stopped.set()
        writer.join()
        self.assertEqual(writer.statuses, {200})

    def test_killed_and_started_again(self):
        server = self.server()
        writer = self.writing(server)
        for _ in range(2):
            self.written(writer, 100)
            self.mongo.stop(signal.SIGKILL)
            self.await_true("health tells", lambda: server.get("/health")[2]["problems"] != [])
            self.written(writer, 100)
            self.mongo.start()
        self.ended(writer)
        self.await_told()
        self.assertGreaterEqual(self.events(), 400)
        self.await_true("health is well", lambda: server.get("/health")[2]["problems"] == [])
        self.assertIn('ml_analytics_archive_told_total{kind="events"}', server.get("/metrics")[2])

    def test_stopped_costs_requests_nothing(self):
        server = self.server()
        writer = self.writing(server)
        self.written(writer, 200)
        before = len(writer.seconds)
        self.mongo.freeze()
        self.await_true("health tells", lambda: server.get("/health")[2]["problems"] != [])
        self.written(writer, 200)
        self.mongo.resume()
        during = sorted(writer.seconds[before:])
        self.ended(writer)
        self.await_told()
        usual = sorted(writer.seconds[:before])
        print(f"median and slowest of {len(usual)} events {1000 * statistics.median(usual):.1f} and {1000 * usual[-1]:.1f} "
              f"ms; of {len(during)} while MongoDB was stopped {1000 * statistics.median(during):.1f} and "
              f"{1000 * during[-1]:.1f} ms")
        self.assertLess(during[-1], 1)  # what one answer of MongoDB may take

    def test_the_server_killed_while_it_tells(self):
        self.works("import", "events-csv", self.write("events.csv", "user,item,timestamp\n" + "".join(
            f"u{number % 50},i{number % 7},{1_700_000_000 + number}\n" for number in range(5000))))
        for _ in range(3):
            server = self.server()
            before = (self.status() or {}).get("events") or 0
            self.await_true("it tells", lambda enough=before: (self.status()["events"] or 0) > enough)
            server.process.kill()
            server.process.wait()
        self.server()
        self.await_told()
        self.assertEqual(self.status()["events"], 5000)

    def test_two_servers_take_turns(self):
        writers = [self.writing(self.server()) for _ in range(2)]
        writers[1].listener = "ben"
        for writer in writers:
            self.written(writer, 150)
        for writer in writers:
            self.ended(writer)
        self.await_told()
        self.assertGreaterEqual(self.events(), 300)

    def test_a_person_is_forgotten_though_it_is_away(self):
        self.works("import", "events-csv", self.write("events.csv", "user,item,timestamp\nana,a,1700000000\nben,b,1700000000\n"))
        server = self.server()
        self.await_told()
        self.mongo.stop(signal.SIGKILL)
        self.assertEqual(server.request("DELETE", "/ml-analytics/users/ana")[0], 204)
        self.assertEqual(server.post(EVENTS, {"user_id": "ana", "track_id": "new", "type": "like"})[0], 200)
        server.process.kill()  # the erasure is in the database
        server.process.wait()
        self.mongo.start()
        self.assertEqual(self.status()["events"], 2)
        self.assertEqual(self.status()["waiting"]["erasures"], 1)
        self.await_true("the claim of the killed server ends",
                        lambda: self.run_program("archive", "run", *self.options).returncode == 0)
        self.assertEqual(self.status()["events"], 2)
        self.assertEqual(self.events(), 2)
        self.assertFalse(any(self.status()["waiting"].values()))
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            self.assertEqual(database.execute("SELECT COUNT(*) FROM archive_queue").fetchone()[0], 0)
        said = b"".join(path.read_bytes() for path in sorted((self.mongo.folder / "data").iterdir()))
        self.assertIn(b'"ben"', said)

    def test_a_wrong_password_is_told_without_it(self):
        wrong = self.mongo.url.replace(self.mongo.password, "wr0ng-word")
        said = self.run_program("archive", "run", env={"MONGODB_URL": wrong})
        self.assertEqual(said.returncode, 1)
        self.assertIn("Authentication failed", said.stderr)
        self.assertNotIn("wr0ng-word", said.stderr + said.stdout)


if __name__ == "__main__":
    unittest.main()
