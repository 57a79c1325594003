"""The program on PostgreSQL, end to end: the main job, moving between engines, and a server that goes away."""

import concurrent.futures
import json
import signal
import sqlite3
import sys
import time
import unittest

from program import ROOT, SLOW, Case, Server, slow, write_events
from writers import Writers, kill_while_written

sys.path.insert(0, str(ROOT / "tools"))
import postgres  # noqa: E402

server = None


def setUpModule():
    global server
    if not SLOW:
        return
    if postgres.binaries() is None:
        raise unittest.SkipTest("skipped: PostgreSQL is not installed")
    server = postgres.Server(fsync=True)
    server.__enter__()


def tearDownModule():
    if server is not None:
        server.__exit__()


class PostgresCase(Case):
    """A database of its own on the server."""

    def setUp(self):
        super().setUp()
        if server is None:
            return
        self.name = f"music_{self.id().rpartition('.')[2].lower()}"[:60]
        server.sql(f"CREATE DATABASE {self.name}", database="postgres")
        self.addCleanup(server.sql, f"DROP DATABASE {self.name} WITH (FORCE)", database="postgres")
        self.url = server.tcp_url.replace("/music", f"/{self.name}")
        self.environment["DATABASE_URL"] = self.url

    def sql(self, text):
        return server.sql(text, database=self.name)

    def recommended(self, user, **options):
        return [one["track_id"] for one in
                self.json("recommend", "--user", user, "--ignore-shown", **options)["recommendations"]]


@slow
class MainJob(PostgresCase):
    def test_import_train_recommend_serve(self):
        events = write_events(self.folder / "events.csv")
        counts = self.json("import", "events-csv", events)["events"]
        self.assertGreater(counts["added"], 500)
        again = self.json("import", "events-csv", events)["events"]
        self.assertEqual((again["added"], again["unchanged"]), (0, counts["added"]))
        self.assertEqual(int(self.sql("SELECT COUNT(*) FROM events")), counts["added"])
        self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn")
        on_postgres = self.recommended("u1")
        self.assertTrue(on_postgres)

        # The same data in SQLite give the same model and the same answers.
        sqlite = {"DATABASE_URL": f"sqlite:///{self.database}", "ML_MODEL_PATH": str(self.folder / "other")}
        self.works("import", "events-csv", events, env=sqlite)
        self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn", env=sqlite)
        self.assertEqual(self.recommended("u1", env=sqlite), on_postgres)

    def test_the_server_its_users_events_and_jobs(self):
        self.trained()
        self.works("user", "add", "ana", "--role", "listener", "--password-stdin", input="a long password\n",
                   stdin=None)
        with Server(self) as running:
            # Only what Ana may: her own data.
            ana = {"Authorization": f"Bearer {running.token('ana')}"}
            path = "/ml-analytics/recommendations"
            status, _, answer = running.request("POST", path, {"user_id": "ana"}, ana)
            self.assertEqual(status, 200, answer)
            self.assertEqual(running.request("POST", path, {"user_id": "u1"}, ana)[0], 403)
            event = {"user_id": "ana", "track_id": "i1", "event_id": "e-1"}
            for expected in ("added", "unchanged"):
                status, _, told = running.post("/ml-analytics/events", {"events": [event]})
                self.assertEqual((status, told[expected]), (200, 1), told)
            self.assertEqual(self.sql("SELECT COUNT(*) FROM events e JOIN users u ON u.key = e.user WHERE u.id = 'ana'"),
                             "1")
            # The next answer knows it.
            _, _, answer = running.post(path, {"user_id": "ana", "limit": 5})
            self.assertNotIn("i1", [one["track_id"] for one in answer["recommendations"]])
            job = self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn",
                             "--background").stdout.split()[0]
            self.works("jobs", "wait", job, "--seconds", "120")
            self.assertEqual(self.json("jobs", "show", job)["state"], "succeeded")
            self.assertEqual(running.stop(), 0)
        who = [json.loads(line)["what"] for line in self.works("audit", "--json").stdout.splitlines()]
        self.assertIn("user.add", who)

    def test_many_programs_start_at_once_on_an_empty_database(self):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            results = list(pool.map(lambda _: self.run_program("user", "list"), range(6)))
        for result in results:
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.sql("SELECT COUNT(*), COUNT(DISTINCT (component, number)) FROM schema_migrations")
                         .replace("|", " ").split()[0],
                         self.sql("SELECT COUNT(DISTINCT (component, number)) FROM schema_migrations"))

    def test_what_is_wrong_with_the_database_is_one_line_without_the_password(self):
        for url, says in (
                (self.url.replace(str(server.port), "1"), "cannot be reached .*refused"),
                (self.url.replace(server.password, "Mistaken1"), "password authentication failed"),
                (self.url + "_x", 'database ".*_x" does not exist'),
                ("postgresql://ana:" + server.password + "@[half/x", "is no URL of a PostgreSQL database")):
            line = self.fails(1, says, "user", "list", env={"DATABASE_URL": url})
            self.assertNotIn(server.password, line)
            self.assertNotIn("Mistaken1", line)


@slow
class Migrate(PostgresCase):
    def tables(self, *arguments):
        lines = self.works("migrate", "--json", *arguments).stdout.splitlines()
        return {one["table"]: (one["rows"], one["sum"]) for one in map(json.loads, lines)}

    def test_there_and_back(self):
        sqlite = f"sqlite:///{self.database}"
        self.environment["DATABASE_URL"] = sqlite
        self.trained()
        self.works("user", "add", "ana", "--role", "operator", "--password-stdin", input="a long password\n", stdin=None)
        with Server(self) as running:  # so that every room has made its tables and put something into them
            headers = {"Idempotency-Key": "one", "Authorization": f"Bearer {running.token()}"}
            event = {"user_id": "ana", "track_id": "i1", "event_id": "e-1"}
            self.assertEqual(running.request("POST", "/ml-analytics/events", {"events": [event]}, headers)[0], 200)
            self.assertEqual(running.stop(), 0)
        before = self.recommended("u1")
        there = self.tables("--from", sqlite, "--to", self.url)
        self.assertGreater(there["events"][0], 500)
        self.assertEqual(there["principals"][0], 2)  # ana, and the admin of the first start
        self.assertEqual(there["idempotency_keys"][0], 1)
        self.assertEqual(int(self.sql("SELECT COUNT(*) FROM events")), there["events"][0])
        self.assertEqual(self.recommended("u1", env={"DATABASE_URL": self.url}), before)
        # Numbers that the target draws itself go on after those that came.
        self.works("user", "add", "ben", "--role", "listener", "--password-stdin", input="a long password\n", stdin=None,
                   env={"DATABASE_URL": self.url})
        events = write_events(self.folder / "more.csv", users=50, items=80, seed=2)
        self.works("import", "events-csv", events, env={"DATABASE_URL": self.url})

        back = f"sqlite:///{self.folder / 'back.db'}"
        returned = self.tables("--from", self.url, "--to", back)
        self.assertEqual(returned["principals"][0], 3)
        third = self.tables("--from", back, "--to", f"sqlite:///{self.folder / 'third.db'}")
        self.assertEqual(third, returned)
        self.assertEqual(self.recommended("u1", env={"DATABASE_URL": back}),
                         self.recommended("u1", env={"DATABASE_URL": self.url}))
        with sqlite3.connect(self.folder / "back.db") as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone()[0], "ok")

    def test_a_target_that_holds_something_is_refused_and_left_alone(self):
        sqlite = f"sqlite:///{self.database}"
        self.environment["DATABASE_URL"] = sqlite
        self.trained()
        self.tables("--from", sqlite, "--to", self.url)
        rows = self.sql("SELECT COUNT(*) FROM events")
        self.fails(1, "has rows in table '.*' already: take an empty one", "migrate", "--from", sqlite, "--to", self.url)
        self.assertEqual(self.sql("SELECT COUNT(*) FROM events"), rows)
        nowhere = f"sqlite:///{self.folder}/nowhere.db"
        self.fails(1, "there is nothing to copy in '.*nowhere.db'", "migrate", "--from", nowhere, "--to", self.url)
        self.fails(2, "the same database", "migrate", "--from", self.url, "--to", self.url)
        self.assertFalse((self.folder / "nowhere.db").exists())
        server.sql("CREATE TABLE invoices (amount BIGINT)", database="postgres")
        self.addCleanup(server.sql, "DROP TABLE invoices", database="postgres")
        strange = self.url.replace(self.name, "postgres")
        self.fails(1, "there is nothing to copy in", "migrate", "--from", strange, "--to", nowhere)
        self.fails(1, "a table 'invoices', which is none of this program's", "migrate", "--from", sqlite, "--to", strange)
        self.assertEqual(server.sql("SELECT COUNT(*) FROM pg_class WHERE relname = 'events'", database="postgres"), "0")

    def test_what_was_stopped_on_the_way_can_be_given_again(self):
        sqlite = f"sqlite:///{self.database}"
        self.environment["DATABASE_URL"] = sqlite
        self.works("import", "events-csv", write_events(self.folder / "many.csv", users=2000, items=3000, per_user=100))
        for how in (signal.SIGINT, signal.SIGKILL):
            process = self.start_program("migrate", "--from", sqlite, "--to", self.url)
            while process.poll() is None and self.sql("SELECT COUNT(*) FROM pg_class WHERE relname = 'audit_log'") == "0":
                time.sleep(0.01)
            time.sleep(0.05)
            process.send_signal(how)
            process.communicate()
            self.assertNotEqual(process.returncode, 0, "it was faster than the signal: more rows are needed")
            self.assertEqual(self.sql("SELECT COUNT(*) FROM events"), "0")
        self.assertEqual(self.tables("--from", sqlite, "--to", self.url)["events"][0], 200_000)


@slow
class Faults(PostgresCase):
    TIMEOUT = 2  # seconds, of a statement; a connection is waited for as long
    PATIENT = 8  # seconds more that a busy machine may need

    def setUp(self):
        super().setUp()
        if server is not None:
            self.addCleanup(self.mend)

    @staticmethod
    def mend():
        if server.process.poll() is None:
            server.resume()
        else:
            server.start()

    def stored(self):
        rows = self.sql("SELECT e.time / 1000 FROM events e JOIN users u ON u.key = e.user WHERE u.id LIKE 'writer-%' "
                        "ORDER BY 1")
        return [int(row) for row in rows.splitlines()]

    def ask(self, running, user):
        """(status, headers, answer, seconds)"""
        began = time.monotonic()
        told = running.post("/ml-analytics/recommendations", {"user_id": user})
        return *told, time.monotonic() - began

    def while_away(self, running, seconds):
        """For so long: what was answered before is answered, all else is 503, and nobody waits for long."""
        until, asked = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            asked += 1
            # What was not asked before has no answer; each time another listener, who may be kept by nobody.
            for user, expected in (("u1", 200), (f"stranger{asked}", 503)):
                status, headers, answer, took = self.ask(running, user)
                self.assertEqual(status, expected, answer)
                self.assertLess(took, 2 * self.TIMEOUT + self.PATIENT)
                if expected == 200:
                    self.assertEqual([one["track_id"] for one in answer["recommendations"]], self.before)
                    self.assertIn("database cannot be reached", " ".join(answer["notes"]))
                else:
                    self.assertEqual(headers.get("Retry-After"), "1")
            self.assertEqual(running.get("/ml-analytics/recommendations/popular")[0], 200)
            began = time.monotonic()
            self.assertEqual(running.post("/ml-analytics/events", {"events": [
                {"user_id": "late", "track_id": "i1", "event_id": "late-1", "timestamp": 1_700_000_000}]})[0], 503)
            self.assertLess(time.monotonic() - began, 2 * self.TIMEOUT + self.PATIENT)
            self.assertEqual(running.get("/health/live")[0], 200)
            self.assertEqual(running.get("/health/ready")[0], 503)
            time.sleep(0.2)
        self.assertGreater(asked, 3)

    def test_reads_go_on_and_nothing_is_lost_while_the_database_is_away_for_a_minute(self):
        self.trained()
        with Server(self, "--set", f"database.statement_timeout={self.TIMEOUT}") as running:
            status, _, answer, _ = self.ask(running, "u1")
            self.assertEqual(status, 200)
            self.before = [one["track_id"] for one in answer["recommendations"]]
            self.assertEqual(running.get("/ml-analytics/recommendations/popular")[0], 200)
            writers = Writers(running.port, running.bearer, clients=2).start()
            writers.wait_for_more(10)
            server.freeze()
            # The first requests find out that nobody answers.
            began = time.monotonic()
            self.assertEqual(self.ask(running, "u2")[0], 503)
            self.assertLess(time.monotonic() - began, 2 * self.TIMEOUT + self.PATIENT)
            self.while_away(running, 30)
            server.stop(signal.SIGINT)
            taken = writers.acknowledged()
            self.while_away(running, 30)
            self.assertEqual(writers.acknowledged(), taken, "acknowledged without a database")
            server.start()
            writers.wait_for_more(10)  # nobody touches the program
            writers.stop()
            self.assertEqual(writers.refused, [])
            self.assertGreater(writers.repeated, 0)
            self.assertEqual(self.stored(), writers.seconds())
            self.assertEqual(self.ask(running, "u3")[0], 200)
            self.assertNotIn("database", " ".join(self.ask(running, "u1")[2]["notes"]))
            self.assertEqual(running.get("/health/ready")[0], 200)
            job = self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn",
                             "--background").stdout.split()[0]
            self.works("jobs", "wait", job, "--seconds", "120")
            self.assertEqual(running.stop(), 0)

    def test_crashes_of_the_database_while_clients_write_lose_no_acknowledged_event(self):
        self.trained()
        with Server(self, "--set", f"database.statement_timeout={self.TIMEOUT}") as running:
            writers = Writers(running.port, running.token()).start()
            for _ in range(5):
                writers.wait_for_more(20)
                server.stop(signal.SIGQUIT)
                server.start()
            writers.wait_for_more(20)
            writers.stop()
            self.assertEqual(writers.refused, [])
            self.assertGreater(writers.repeated, 0)
            self.assertEqual(self.stored(), writers.seconds())

    def test_kills_of_the_program_while_clients_write_lose_no_acknowledged_event(self):
        self.trained()
        writers = kill_while_written(self, 10)
        self.assertEqual(writers.refused, [])
        self.assertGreaterEqual(writers.repeated, 10, "no kill met a client")
        self.assertEqual(self.stored(), writers.seconds())


if __name__ == "__main__":
    unittest.main()
