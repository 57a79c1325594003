"""Publishing where something is in the way: a full or read-only disk, another filesystem, a cancel in the middle, and
two servers that share models and database."""

import contextlib
import fcntl
import json
import time
import unittest

from program import PATIENCE, Case, Server

TRAIN = ("train", "--model-type", "recommendation", "--algorithm", "item_knn")


class Publishing(Case):
    def setUp(self):
        super().setUp()
        self.trained()

    def until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"never came: {what}")
            time.sleep(0.02)

    def test_a_disk_that_is_full_in_the_middle_publishes_nothing_and_leaves_nothing(self):
        disk = self.disk("16k")  # of pages of 4 KB: room for the folders and a part of the weights
        here = ("--set", f"models.path={disk / 'models'}")
        line = self.fails(1, "space", *TRAIN, *here)
        self.assertIn(str(disk), line)
        left = [path for path in (disk / "models").rglob("*") if path.is_file()]
        self.assertEqual(left, [])
        self.remount(disk, "size=16m")
        self.works(*TRAIN, *here)
        self.works("models", "verify", *here)
        self.assertEqual(self.json("recommend", "--user", "u0", "--algorithm", "item_knn", *here)["model"], "item_knn/1")

    def test_models_on_another_filesystem_that_becomes_read_only_are_served_and_not_changed(self):
        disk = self.disk("16m")
        here = ("--set", f"models.path={disk / 'models'}")
        for _ in range(2):
            self.works(*TRAIN, *here)
        self.remount(disk, "ro")
        ask = ("recommend", "--user", "u0", "--algorithm", "item_knn", *here)
        self.assertEqual(self.json(*ask)["model"], "item_knn/2")
        self.assertRegex(self.run_program(*TRAIN, *here).stderr, r"item_knn.*Read-only file system")
        self.fails(1, "item_knn.*Read-only file system", "models", "rollback", "item_knn", *here)
        self.works("models", "verify", *here)
        self.remount(disk, "rw")
        self.works(*TRAIN, *here)
        self.assertEqual(self.json(*ask)["model"], "item_knn/3")

    def test_a_model_path_that_is_a_link_to_another_place(self):
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        (self.folder / "link").symlink_to(elsewhere)
        here = ("--set", f"models.path={self.folder / 'link'}")
        self.works(*TRAIN, *here)
        self.assertTrue((elsewhere / "item_knn" / "1" / "manifest.json").exists())
        (self.folder / "file").write_text("no folder")
        line = self.fails(1, "file", *TRAIN, "--set", f"models.path={self.folder / 'file'}")
        self.assertIn("Not a directory", line)

    def test_a_job_that_is_cancelled_between_its_files_and_its_part_leaves_a_whole_version(self):
        """The part is given under a lock; while somebody holds it, the version is there and is nobody's champion."""
        with Server(self, "--set", "jobs.grace_seconds=0") as server:
            with open(self.models / "item_knn" / ".lock", "w", encoding="utf-8") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                job = self.works(*TRAIN, "--background").stdout.strip()
                self.until((self.models / "item_knn" / "2" / "manifest.json").exists, "its files are written")
                self.run_program("jobs", "cancel", job)
                waited = self.run_program("jobs", "wait", job, "--json", "--seconds", PATIENCE)
                self.assertEqual(json.loads(waited.stdout)["state"], "cancelled")
            self.works("models", "verify")
            self.assertEqual(self.json("models", "show", "item_knn")["version"], 1, "the champion is the one before")
            status, _, answer = server.post("/ml-analytics/recommendations", {"user_id": "u0", "limit": 3})
            self.assertEqual((status, answer["model"]), (200, "item_knn/1"))
            self.works(*TRAIN)
            self.assertEqual(self.json("models", "show", "item_knn")["version"], 3)

    def test_two_servers_see_each_others_versions_and_do_a_job_once(self):
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(Server(self)) for _ in range(2)]

            def answered_by(model):
                body = {"user_id": "u0", "limit": 3, "config": {"algorithm": "item_knn"}}
                return all(server.post("/ml-analytics/recommendations", body)[2].get("model") == model
                           for server in servers)
            self.assertTrue(answered_by("item_knn/1"))
            jobs = [self.works(*TRAIN, "--background").stdout.strip() for _ in range(3)]
            for job in jobs:
                told = json.loads(self.run_program("jobs", "wait", job, "--json", "--seconds", PATIENCE).stdout)
                self.assertEqual((told["state"], told["attempt"]), ("succeeded", 1), told)
            versions = sorted(path.name for path in (self.models / "item_knn").iterdir() if path.name.isdigit())
            self.assertEqual(versions, ["1", "2", "3", "4"], "each job published once")
            self.until(lambda: answered_by("item_knn/4"), "both serve the newest")
            self.works("models", "rollback", "item_knn")
            self.until(lambda: answered_by("item_knn/3"), "both went back")
            for server in servers:  # an event that one takes is known to the other
                status, _, told = server.post("/ml-analytics/events", {"events": [{"user_id": "new", "track_id": "i1"}]})
                self.assertIn(status, (200, 201, 202), told)
            for server in servers:
                _, _, answer = server.post("/ml-analytics/recommendations", {"user_id": "new", "limit": 5})
                self.assertNotIn("i1", [one["track_id"] for one in answer["recommendations"]])


if __name__ == "__main__":
    unittest.main()
