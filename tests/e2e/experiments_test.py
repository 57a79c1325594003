"""Experiments and canaries as a person starts them, with a real server that ends them by itself."""

import json
import time
import unittest

from program import PATIENCE, Case, Server

TRAIN = ("train", "--model-type", "recommendation", "--algorithm", "item_knn", "--set", "models.promotion=manual")


class Experiments(Case):
    def setUp(self):
        super().setUp()
        self.trained()
        self.works(*TRAIN)

    def told(self, *words):
        return json.loads(self.works("experiments", *words, "--json").stdout)

    def aliases(self):
        lines = self.works("models", "list", "item_knn", "--json").stdout.splitlines()
        return {line["version"]: line["alias"] for line in map(json.loads, lines)}

    def start_canary(self, listeners):
        answer = self.works("models", "promote", "item_knn", "--canary", "50%", "--canary-listeners", str(listeners),
                            "--canary-hours", "0", "--json")
        return json.loads(answer.stdout)["experiment"]

    def listeners_come(self, server, first, count, poor):
        """New listeners ask, then play the first item or, where the challenger is poor, skip it; who answered."""
        answered = set()
        for i in range(first, first + count):
            status, _, answer = server.post("/ml-analytics/recommendations", {"user_id": f"new{i}", "limit": 3})
            self.assertEqual(status, 200, answer)
            answered.add(answer["model"])
            kind = "skip" if poor and answer["model"] == "item_knn/2" else "listen"
            event = {"user_id": f"new{i}", "track_id": answer["recommendations"][0]["track_id"], "type": kind,
                     "timestamp": int(time.time() * 1000) + 5}
            status, _, told = server.post("/ml-analytics/events", event)
            self.assertIn(status, (200, 201, 202), told)
        return answered

    def ends(self, server, name, poor):
        """Listeners come until the server has ended the experiment by itself."""
        first, answered = 0, set()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.told("report", name)["state"] == "running":
            answered |= self.listeners_come(server, first, 20, poor)
            first += 20
            time.sleep(.5)
        self.assertEqual(answered, {"item_knn/1", "item_knn/2"}, "both sides answered")
        return self.told("report", name)

    def test_a_poor_canary_is_rolled_back_by_the_server(self):
        with Server(self) as server:
            name = self.start_canary(listeners=100_000)
            self.assertEqual(name, "canary-item_knn-2")
            self.fails(2, "runs on model", "experiments", "start", "other", "--challenger", "item_knn/2")
            told = self.ends(server, name, poor=True)
            self.assertEqual(told["state"], "rolled back")
            self.assertIn("skip rate", told["reason"])
            self.assertGreater(told["skip_rate"]["low"], 0)
            self.assertEqual(self.listeners_come(server, 0, 40, False), {"item_knn/1"})
        self.assertEqual(self.aliases(), {1: "champion", 2: "challenger"})

    def test_a_good_canary_goes_to_all_also_over_a_kill(self):
        with Server(self) as server:
            name = self.start_canary(listeners=25)
            end = time.monotonic() + PATIENCE
            while "item_knn/2" not in self.listeners_come(server, 0, 10, False) and time.monotonic() < end:
                time.sleep(.5)
        # The server was killed. Another one goes on with what is in the database.
        with Server(self) as server:
            self.assertEqual(self.ends(server, name, poor=False)["state"], "promoted")
            end = time.monotonic() + PATIENCE
            while self.listeners_come(server, 0, 10, False) != {"item_knn/2"} and time.monotonic() < end:
                time.sleep(.5)
            self.assertEqual(self.listeners_come(server, 0, 20, False), {"item_knn/2"})
        self.assertEqual(self.aliases(), {1: "previous", 2: "champion"})

    def test_an_experiment_is_started_listed_and_stopped(self):
        self.works("experiments", "start", "half", "--challenger", "item_knn", "--share", "50")
        self.assertEqual(self.told("list")["treatment"], "item_knn/2")
        self.assertFalse(self.told("report", "half")["skip_rate"]["known"])
        self.assertEqual(self.told("stop", "half")["state"], "stopped")
        self.fails(2, "already", "experiments", "start", "half", "--challenger", "item_knn")
        self.fails(2, "--share", "experiments", "start", "more", "--challenger", "item_knn", "--share", "120")
        self.fails(1, "no experiment 'none'", "experiments", "report", "none")


if __name__ == "__main__":
    unittest.main()
