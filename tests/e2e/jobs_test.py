"""Trainings in the background: submit, a server that does them and swaps the model in, cancel, limits, kill -9."""

import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import time
import unittest
from pathlib import Path

from program import PATIENCE, SANITIZED, SLOW, Case, Server, write_events

TRAIN = ("train", "--model-type", "recommendation", "--background", "--algorithm")
# Long enough to be met in the middle, on any machine.
ENDLESS = ("ials", "--params", '{"factors": 128, "epochs": 1000}')
SHORT_LEASE = ("--set", "jobs.lease_seconds=1")


class Jobs(Case):
    def setUp(self):
        super().setUp()
        self.works("import", "events-csv", write_events(self.folder / "events.csv", users=300, items=800, per_user=60))

    def submit(self, *words):
        job = self.works(*TRAIN, *words).stdout.strip()
        self.assertRegex(job, "^[0-9a-f]{16}$")
        return job

    def show(self, job):
        return self.json("jobs", "show", job)

    def waited(self, job):
        result = self.run_program("jobs", "wait", job, "--json", "--seconds", PATIENCE)
        told = json.loads(result.stdout)
        self.assertEqual(result.returncode, 0 if told["state"] == "succeeded" else 1)
        return told

    def until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"never came: {what}")
            time.sleep(0.02)

    def running(self, job):
        self.until(lambda: self.show(job)["state"] == "running" and self.show(job)["step"], f"{job} runs")

    def workers(self, job):
        """Processes that work on the job."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and f"--job\0{job}\0".encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    def versions(self):
        return sorted(str(path.parent.relative_to(self.models)) for path in self.models.rglob("manifest.json")
                      if path.parent.name.isdigit())

    def test_a_server_trains_in_the_background_and_swaps_the_model_in(self):
        with Server(self) as server:
            self.assertEqual(server.get("/health/ready")[0], 503)
            job = self.submit("popularity")
            self.assertEqual(self.waited(job)["result"]["model"], "popularity/1")

            def answered():
                status, _, told = server.post("/ml-analytics/recommendations", {"user_id": "u0", "limit": 3})
                return status == 200 and told["model"] == "popularity/1"
            self.until(answered, "the model is served")
            second = self.submit("popularity")
            self.assertEqual(self.waited(second)["result"]["model"], "popularity/2")
            self.until(lambda: "popularity/2" in server.get("/health")[2]["models_loaded"], "the new one is served")
            manifest = json.loads((self.models / "popularity" / "2" / "manifest.json").read_text(encoding="utf-8"))
            self.assertEqual(manifest["job"], second)
            self.assertIn('ml_analytics_queue_size{queue="jobs"} 0', server.get("/metrics")[2])

    def test_jobs_wait_for_each_other_and_are_counted(self):
        with Server(self) as server:
            first = self.submit(*ENDLESS)
            self.running(first)
            second = self.submit("ials")
            self.until(lambda: 'ml_analytics_queue_size{queue="jobs"} 1' in server.get("/metrics")[2], "one waits")
            self.assertEqual(self.show(second)["state"], "queued")
            self.works("jobs", "cancel", first)
            self.assertEqual(self.waited(first)["error"], "cancelled")
            self.assertEqual(self.waited(second)["state"], "succeeded")
            self.assertEqual(server.get("/health/live")[0], 200)
        self.assertEqual(self.versions(), ["ials/1"])
        self.assertEqual([json.loads(line)["id"] for line in self.works("jobs", "list", "--json").stdout.splitlines()],
                         [second, first])

    def test_without_workers_the_server_leaves_jobs_alone_and_run_does_them(self):
        with Server(self, "--set", "performance.async_workers=0") as server:
            job = self.submit("popularity")
            self.until(lambda: 'ml_analytics_queue_size{queue="jobs"} 1' in server.get("/metrics")[2], "it is counted")
            self.assertEqual(self.show(job)["state"], "queued")
            self.fails(1, "still queued", "jobs", "wait", job, "--seconds", 0)
            self.works("jobs", "run", "--all")
            self.assertEqual(self.show(job)["state"], "succeeded")

    def schedules(self):
        return [json.loads(line) for line in self.works("jobs", "schedule", "list", "--json").stdout.splitlines()]

    def test_a_schedule_is_followed_by_one_of_two_servers_and_what_was_missed_comes_once(self):
        added = self.works("jobs", "schedule", "add", "--cron", "0 2 * * *", "--zone", "Europe/Berlin",
                           "--algorithm", "popularity").stdout.strip()
        self.assertRegex(added, "^[0-9a-f]{16}$")
        told, = self.schedules()
        self.assertEqual((told["id"], told["cron"], told["zone"], told["model"], told["last"]),
                         (added, "0 2 * * *", "Europe/Berlin", "popularity", None))
        self.assertRegex(told["next"], r"T0[01]:00:00.000Z$")  # two o'clock there
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            database.execute("UPDATE schedules SET passed = passed - 3 * 86400000")  # three nights ago
        with Server(self), Server(self):
            self.until(lambda: self.schedules()[0]["last"], "a server looks")
            job, = [json.loads(line) for line in self.works("jobs", "list", "--json").stdout.splitlines()]
            self.assertEqual(self.waited(job["id"])["result"]["model"], "popularity/1")
        self.assertTrue(self.show(job["id"])["origin"].startswith(f"schedule {added} "))
        self.works("jobs", "run", "--all")
        self.assertEqual(self.versions(), ["popularity/1"])
        self.works("jobs", "schedule", "remove", added)
        self.assertEqual(self.schedules(), [])

    def test_words_of_schedules(self):
        add = ("jobs", "schedule", "add", "--cron")
        self.fails(2, "has 4 fields", *add, "0 2 * *")
        self.fails(2, "'24' is no hour", *add, "0 24 * * *")
        self.fails(2, "'Europe/Berlim'", *add, "0 2 * * *", "--zone", "Europe/Berlim")
        self.fails(2, "never come", *add, "0 0 30 2 *")
        self.fails(2, "item_knn", *add, "0 2 * * *", "--algorithm", "itemknn")
        self.fails(1, "jobs schedule list", "jobs", "schedule", "remove", "0123456789abcdef")
        self.works(*add, "0 2 * * *")
        self.fails(2, "does the same already", *add, "0 2 * * *")
        self.assertEqual(len(self.schedules()), 1)

    def test_kill_of_the_server_in_the_middle(self):
        with Server(self, *SHORT_LEASE) as server:
            job = self.submit("ials", "--params", '{"factors": 64, "epochs": 400}')
            self.running(job)
            worker = self.workers(job)
            self.assertEqual(len(worker), 1)
            server.process.kill()
            server.process.wait()
        self.until(lambda: not self.workers(job), "the worker dies with the server")
        self.assertEqual(self.versions(), [])
        self.assertEqual(self.show(job)["state"], "running", "nobody knows yet")
        with Server(self, *SHORT_LEASE):
            told = self.waited(job)
        self.assertEqual((told["state"], told["attempt"], told["result"]["model"]), ("succeeded", 2, "ials/1"))
        self.assertEqual(self.versions(), ["ials/1"])
        self.assertIn("is gone", " ".join(self.show(job)["log"]))

    def test_a_job_is_killed_again_and_again_around_publishing_and_publishes_once(self):
        """Kills the program that runs it at ever later moments, each time the job's lease runs out and it goes on."""
        draw = random.Random(3)
        for round_ in range(20 if SLOW else 3):
            job = self.submit("popularity")
            for attempt in range(3):
                runner = self.start_program("jobs", "run", "--all", *SHORT_LEASE, "--set", "jobs.attempts=100")
                time.sleep(draw.uniform(0.2, 1.0) + 0.2 * attempt)
                runner.kill()
                runner.communicate()
            self.until(lambda job=job: not self.workers(job), "the worker dies with the runner")
            self.works("jobs", "run", "--all", *SHORT_LEASE, "--set", "jobs.attempts=100")
            deadline = time.monotonic() + PATIENCE
            while self.show(job)["state"] == "running" and time.monotonic() < deadline:
                time.sleep(0.3)
                self.works("jobs", "run", "--all", *SHORT_LEASE, "--set", "jobs.attempts=100")
            told = self.show(job)
            self.assertEqual(told["state"], "succeeded", told)
            self.assertEqual(told["result"]["model"], f"popularity/{round_ + 1}")
            self.assertEqual(len(self.versions()), round_ + 1, "published twice, or not at all")
            self.assertEqual(self.json("models", "show", "popularity")["version"], round_ + 1, "and it is served")
        self.works("models", "verify")

    def test_a_version_that_was_published_before_the_kill_is_the_jobs(self):
        job = self.submit("popularity")
        self.works("jobs", "run", "--all")
        # As a kill between publishing and the last word leaves it: without a part, and running for somebody gone.
        (self.models / "popularity" / "aliases.json").unlink()
        with contextlib.closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("UPDATE jobs SET state = 'running', owner = 'gone', result = '', lease_end = 1")
        self.works("jobs", "run", "--all", "--set", "models.promotion=automatic")
        told = self.show(job)
        self.assertEqual((told["state"], told["attempt"], told["result"]["model"]), ("succeeded", 2, "popularity/1"))
        self.assertEqual(self.versions(), ["popularity/1"])
        self.assertTrue((self.models / "popularity" / "aliases.json").exists())

    def test_cancelled_at_any_moment_the_version_is_whole_or_absent(self):
        draw = random.Random(5)
        with Server(self, "--set", "jobs.grace_seconds=0"):
            for _ in range(40 if SLOW else 6):
                job = self.submit("popularity")
                time.sleep(draw.uniform(0, 1.5))
                self.run_program("jobs", "cancel", job)
                told = self.waited(job)
                self.assertIn(told["state"], ("succeeded", "cancelled"))
        if self.versions():
            self.works("models", "verify")

    def test_a_server_that_is_stopped_gives_its_job_back(self):
        with Server(self) as server:
            job = self.submit(*ENDLESS)
            self.running(job)
            self.assertEqual(server.stop(signal.SIGTERM), 0, server.text())
        self.assertEqual(self.workers(job), [])
        told = self.show(job)
        self.assertEqual((told["state"], told["attempt"]), ("queued", 0))
        self.works("jobs", "cancel", job)

    def test_the_wall_clock_ends_the_job_and_not_the_server(self):
        with Server(self, "--set", "jobs.seconds=1") as server:
            told = self.waited(self.submit(*ENDLESS))
            self.assertEqual(told["state"], "failed")
            self.assertIn("jobs.seconds", told["error"])
            self.assertEqual(server.get("/health/live")[0], 200)
        self.assertEqual(self.versions(), [])

    def test_too_little_memory_ends_the_job_and_not_the_server(self):
        if SANITIZED:
            self.skipTest("skipped: a sanitizer build has no memory limit")
        # Vectors of some 50,000 items, 1,024 numbers each: 200 MB.
        events = write_events(self.folder / "wide.csv", users=2000, items=80000, per_user=40)
        with Server(self, "--set", "jobs.memory_mb=128") as server:
            told = self.waited(self.submit("ials", "--params", '{"factors": 1024, "epochs": 1}', "--data-path", events))
            self.assertEqual(told["state"], "failed")
            self.assertRegex(told["error"], "memory.*128 MB.*jobs.memory_mb")
            self.assertEqual(self.waited(self.submit("popularity"))["state"], "succeeded")
            self.assertEqual(server.get("/health/live")[0], 200)
        self.assertEqual(self.versions(), ["popularity/1"])

    def test_a_crash_of_the_worker_is_the_jobs_error(self):
        with Server(self) as server:
            job = self.submit(*ENDLESS)
            self.running(job)
            os.kill(self.workers(job)[0], signal.SIGSEGV)
            told = self.waited(job)
            self.assertEqual(told["state"], "failed")
            self.assertEqual(len(told["error"].splitlines()), 1)
            if not SANITIZED:
                self.assertRegex(told["error"], "signal 11")
            self.assertEqual(server.get("/health/live")[0], 200)

    def test_words_are_judged_at_once_and_as_train_does(self):
        for words in (["nope"], ["ials", "--params", '{"factors": -1}'], ["ials", "--params", "{"],
                      ["auto", "--params", '{"factors": 8}']):
            background = self.run_program(*TRAIN, *words)
            foreground = self.run_program("train", "--model-type", "recommendation", "--algorithm", *words)
            self.assertEqual((background.returncode, background.stderr), (2, foreground.stderr))
        self.fails(2, "model-type", "train", "--background", "--model-type", "nope")
        self.fails(1, "'text' models", "train", "--background", "--model-type", "text")
        self.fails(1, "background.*recommendation", "train", "--background", "--model-type", "audio")
        self.fails(1, "in memory", *TRAIN, "popularity", "--set", "database.url=sqlite:///:memory:")
        self.assertEqual(self.works("jobs", "list").stdout, "")

    def test_jobs_that_are_not_there_or_have_ended(self):
        for command in ("show", "cancel", "wait"):
            self.fails(1, "no job '0123'", "jobs", command, "0123")
        job = self.submit("popularity")
        self.assertEqual(self.json("jobs", "cancel", job)["state"], "cancelled")
        self.fails(1, "has ended already", "jobs", "cancel", job)
        self.assertEqual(self.waited(job)["state"], "cancelled")
        self.fails(2, "jobs run", "job-worker", "--job", job, "--owner", "me", "--attempt", 1)

    def test_a_job_without_data_says_what_train_says(self):
        self.database.unlink()
        job = self.submit("popularity")
        self.works("jobs", "run", "--all")
        told = self.show(job)
        self.assertEqual(told["state"], "failed")
        self.assertRegex(told["error"], "nothing to learn from")
        self.assertTrue(re.search("failed .*nothing to learn", self.works("jobs", "list").stdout))

    def test_data_and_output_paths_hold_from_another_folder(self):
        job = self.works(*TRAIN, "popularity", "--data-path", "events.csv", "--output-path", "made").stdout.strip()
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        runner = self.run_program("jobs", "run", "--all", env={"HOME": str(elsewhere)})
        self.assertEqual(runner.returncode, 0, runner.stderr)
        self.assertEqual(self.show(job)["result"]["model"], str(self.folder / "made"))
        self.assertTrue((self.folder / "made" / "manifest.json").exists())
        self.assertEqual(self.show(job)["request"]["data_path"], str(self.folder / "events.csv"))


if __name__ == "__main__":
    unittest.main()
