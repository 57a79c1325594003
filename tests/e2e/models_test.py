"""Versions of models as a person handles them: list, show, promote, rollback, verify, remove-old, and a server that
takes over."""

import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
import unittest

from program import NOBODY, PATIENCE, Case, Server

TRAIN = ("train", "--model-type", "recommendation", "--algorithm", "item_knn")


class Models(Case):
    def setUp(self):
        super().setUp()
        self.trained()

    def lines(self, *words):
        return [json.loads(line) for line in self.works("models", *words, "--json").stdout.splitlines()]

    def aliases(self):
        return {line["version"]: line["alias"] for line in self.lines("list", "item_knn")}

    def asked(self):
        return self.json("recommend", "--user", "u0", "--algorithm", "item_knn")["model"]

    def test_a_trained_version_is_champion_and_rollback_goes_back(self):
        self.works(*TRAIN)
        self.assertEqual(self.aliases(), {1: "previous", 2: "champion"})
        self.assertEqual(self.asked(), "item_knn/2")
        self.assertEqual(self.lines("rollback", "item_knn"), [{"model": "item_knn", "version": 1, "alias": "champion"}])
        self.assertEqual(self.asked(), "item_knn/1")
        self.fails(1, "no previous", "models", "rollback", "item_knn")
        self.assertIn("item_knn/2 is champion", self.works("models", "promote", "item_knn/2").stdout)
        self.assertEqual(self.asked(), "item_knn/2")

    def test_manual_promotion(self):
        manual = ("--set", "models.promotion=manual")
        self.assertIn("waits as challenger", self.works(*TRAIN, *manual).stdout)
        self.assertEqual(self.aliases(), {1: "champion", 2: "challenger"})
        self.assertEqual(self.asked(), "item_knn/1")
        self.works("models", "promote", "item_knn")
        self.assertEqual(self.aliases(), {1: "previous", 2: "champion"})
        self.fails(1, "no challenger", "models", "promote", "item_knn")

    def test_the_gate(self):
        self.works(*TRAIN, "--params", '{"neighbours": 1}', "--set", "models.promotion=manual")
        told = self.lines("compare", "item_knn", "item_knn")[0]
        self.assertEqual((told["champion"], told["challenger"]), ("item_knn/1", "item_knn/2"))
        self.assertEqual((told["promote"], told["as_published"], told["metric"]), (False, False, "ndcg@20"))
        everybody = told["contests"][0]
        self.assertEqual(everybody["name"], "all listeners")
        self.assertLess(everybody["low"], -everybody["allowed"])
        self.assertAlmostEqual(everybody["difference"], everybody["challenger"] - everybody["champion"], places=9)
        table = self.works("models", "compare", "item_knn/1", "item_knn/2").stdout
        self.assertIn("recipes", table)
        self.assertRegex(table, r"(?m)^all listeners +\d+ ")
        self.assertIn(told["reasons"][0], table)
        self.fails(1, "item_knn/2 is not promoted: .* --force", "models", "promote", "item_knn")
        self.assertEqual(self.aliases(), {1: "champion", 2: "challenger"})
        self.works("models", "promote", "item_knn", "--force")
        self.assertEqual(self.aliases(), {1: "previous", 2: "champion"})
        self.fails(1, "no version 9", "models", "compare", "item_knn", "item_knn/9")

    def test_new_events_judge_what_is_published(self):
        self.works(*TRAIN, "--set", "models.promotion=manual")
        now = int(time.time())
        lines = [f"u{user},i{(user % 2) * 30 + item},{now - 60 * item}" for user in range(40) for item in range(0, 30, 3)]
        self.works("import", "events-csv", self.write("later.csv", "user,item,timestamp\n" + "\n".join(lines) + "\n"))
        told = self.lines("compare", "item_knn", "item_knn")[0]
        self.assertTrue(told["as_published"], told["how"])
        self.assertEqual((told["promote"], told["contests"][0]["difference"]), (True, 0))
        self.works("models", "promote", "item_knn")

    def test_list_and_show(self):
        self.works(*TRAIN, "--update")
        shown = self.lines("show", "item_knn")[0]
        self.assertEqual((shown["version"], shown["alias"], shown["problem"]), (2, "champion", None))
        manifest = shown["manifest"]
        self.assertEqual((manifest["parent"], manifest["continued"]), (1, True))
        self.assertRegex(manifest["data_until"], r"^20\d\d-")
        self.assertRegex(manifest["data_fingerprint"], r"^[0-9a-f]{16}$")
        self.assertTrue(manifest["code_version"])
        text = self.works("models", "show", "item_knn/2").stdout
        for part in ("item_knn/2 (champion)", "went on", manifest["data_fingerprint"]):
            self.assertIn(part, text)
        text = self.works("models", "list").stdout
        self.assertRegex(text, r"(?m)^item_knn/1 +previous .* MB$")
        self.assertRegex(text, r"(?m)^item_knn/2 +champion .* MB$")

    def test_an_empty_folder_lists_nothing(self):
        result = self.works("models", "list", "--set", f"models.path={self.folder / 'none'}")
        self.assertEqual(result.stdout, "")
        self.assertIn("no model", result.stderr)

    def test_verify_finds_what_was_changed(self):
        self.works(*TRAIN)
        self.assertEqual([line["whole"] for line in self.lines("verify")], [True, True])
        weights = self.models / "item_knn" / "2" / "model.safetensors"
        data = bytearray(weights.read_bytes())
        data[-1] ^= 1
        weights.write_bytes(data)
        result = self.run_program("models", "verify", "item_knn")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"item_knn/1 +whole\nitem_knn/2 +model .*SHA-256")
        self.works("models", "verify", "item_knn/1")
        self.works("models", "rollback", "item_knn")
        self.fails(1, "SHA-256", "models", "promote", "item_knn/2")
        self.assertEqual(self.asked(), "item_knn/1")

    def test_old_versions_are_removed_and_those_with_a_part_stay(self):
        for _ in range(4):
            self.works(*TRAIN)
        self.works("models", "promote", "item_knn/1")
        self.assertEqual([line["version"] for line in self.lines("remove-old", "item_knn", "--keep", "1")], [2, 3, 4])
        self.assertEqual(self.aliases(), {1: "champion", 5: "previous"})
        self.assertIn("nothing to remove", self.works("models", "remove-old", "item_knn").stderr)
        self.fails(2, "keep", "models", "remove-old", "item_knn", "--keep", "0")

    def test_unknown_names(self):
        self.fails(1, "no model 'hybird'; there is item_knn", "models", "show", "hybird")
        self.fails(1, "no version 7; it has 1", "models", "promote", "item_knn/7")
        self.fails(1, "no model", "models", "verify", "hybird")
        self.fails(1, "no model", "models", "remove-old", "hybird")
        self.fails(1, "no model", "models", "rollback", "hybird")
        self.fails(2, "champion, challenger", "models", "show", "item_knn/winner")
        self.fails(2, "letters", "models", "list", "../item_knn/1")

    def test_a_champion_that_does_not_load_is_passed_over_aloud(self):
        self.works(*TRAIN)
        (self.models / "item_knn" / "2" / "manifest.json").write_text("{}")
        with Server(self) as server:
            _, _, health = server.get("/health")
            self.assertEqual(health["models_loaded"], ["item_knn/1"])
            self.assertRegex(health["problems"][0], "item_knn/2.*item_knn/1 answers")
            self.assertIn("model passed over", server.text())

    def test_a_server_takes_over_without_failing_a_request(self):
        self.works(*TRAIN)
        with Server(self) as server:
            failed, served, done = [], set(), threading.Event()

            def ask():
                while not done.is_set():
                    status, _, answer = server.post("/ml-analytics/recommendations", {"user_id": "u1", "limit": 3})
                    served.add(answer["model"] if status == 200 else None)
                    if status != 200:
                        failed.append((status, answer))

            def wait_for(model):
                deadline = time.monotonic() + PATIENCE
                while model not in served and time.monotonic() < deadline:
                    time.sleep(0.05)
                self.assertIn(model, served)

            asking = threading.Thread(target=ask)
            asking.start()
            try:
                wait_for("item_knn/2")
                self.works("models", "rollback", "item_knn")
                wait_for("item_knn/1")
                served.clear()
                self.works("models", "promote", "item_knn/2")
                wait_for("item_knn/2")
            finally:
                done.set()
                asking.join()
            self.assertEqual(failed, [])

    def test_a_folder_that_may_not_be_written(self):
        self.works(*TRAIN)
        folder = self.models / "item_knn"
        folder.chmod(0o555)
        self.addCleanup(folder.chmod, 0o755)
        self.database.chmod(0o666)
        self.folder.chmod(0o777)
        as_nobody = {"preexec_fn": lambda: os.setuid(NOBODY)} if os.getuid() == 0 else {}
        self.works("models", "list", **as_nobody)
        self.fails(1, "item_knn.*permission", "models", "rollback", "item_knn", **as_nobody)
        self.fails(1, "item_knn.*permission", "models", "remove-old", "item_knn", **as_nobody)
        self.assertEqual(self.aliases(), {1: "previous", 2: "champion"})

    def test_a_full_disk_while_promoting_changes_nothing(self):
        if os.getuid() != 0 or shutil.which("mount") is None:
            self.skipTest("skipped: mounting needs root")
        self.works(*TRAIN)
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=False,
                                 stderr=subprocess.DEVNULL)
        if mounted.returncode != 0:
            self.skipTest("skipped: no mount here")
        self.addCleanup(subprocess.run, ["umount", disk], check=False)
        shutil.copytree(self.models, disk / "models")
        here = ("--set", f"models.path={disk / 'models'}")
        with open(disk / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(b"x" * 4096)
        self.fails(1, "space", "models", "rollback", "item_knn", *here)
        (disk / "filler").unlink()
        self.assertEqual(json.loads(self.works("models", "show", "item_knn", "--json", *here).stdout)["version"], 2)
        self.works("models", "rollback", "item_knn", *here)


if __name__ == "__main__":
    unittest.main()
