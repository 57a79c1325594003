"""The contracts by name: commands and options, routes, metrics, configuration keys, compared with tests/golden/.

A list may grow: run this file with MLA_GOLDEN=write and look at the difference. A name that goes away breaks somebody.
"""

import json
import math
import os
import re
import unittest

from analyze_test import wav
from program import ROOT, Case, Server

GOLDEN = ROOT / "tests" / "golden"


class Golden(Case):
    def compare(self, name, lines):
        path = GOLDEN / name
        text = "".join(line + "\n" for line in lines)
        if os.environ.get("MLA_GOLDEN") == "write":
            path.write_text(text, encoding="utf-8")
        self.assertEqual(text, path.read_text(encoding="utf-8"),
                         f"tests/golden/{name} differs; if a name was added: MLA_GOLDEN=write python3 tests/e2e/golden_test.py")

    def options(self, *words):
        """The words that `--help` of a command lists: options, and positional arguments in capitals."""
        text = self.works(*words, "--help").stdout
        found = set(re.findall(r"(?m)^\s+(?:-\w,\s*)?(--[a-z][a-z0-9-]*)", text))
        found |= set(re.findall(r"(?m)^  ([A-Z]{2,})\b", text))
        return sorted(found)

    def test_commands_and_options(self):
        text = self.works("--help").stdout
        names = re.findall(r"(?m)^  ([a-z]+)  ", text[text.index("Subcommands"):])
        self.assertGreater(len(names), 5)
        groups = ("archive", "experiments", "fingerprint", "jobs", "matches", "models", "secrets", "tags", "token", "user")
        calls = [(name,) for name in names if name not in groups]
        for group in groups:
            text = self.works(group, "--help").stdout
            calls += [(group, name) for name in re.findall(r"(?m)^  ([a-z-]+)  ", text[text.index("Subcommands"):])]
        calls.remove(("jobs", "schedule"))
        calls += [("jobs", "schedule", name) for name in ("add", "list", "remove")]
        self.compare("commands.txt", [f"{' '.join(call)}: {' '.join(self.options(*call))}" for call in sorted(calls)])

    def test_configuration_keys(self):
        keys = re.findall(r"(?m)^([a-z_0-9]+(?:\.[a-z_0-9]+)+) = ", self.works("config", "--show").stdout)
        self.assertIn("models.recommendation.embedding_dim", keys)
        self.compare("config_keys.txt", sorted(keys))

    def test_routes(self):
        folder = ROOT / "src" / "front" / "http" / "impl"
        table = "".join((folder / name).read_text(encoding="utf-8") for name in ("routes.cpp", "handlers/pages.cpp"))
        routes = sorted(set(re.findall(r'\{"([A-Z]+)",\s*"(/[^"]*)"', table)), key=lambda route: (route[1], route[0]))
        self.compare("routes.txt", [f"{method} {path}" for method, path in routes])
        self.trained()
        with Server(self) as server:
            for method, path in routes:
                status, _, answer = server.request(method, re.sub(r"\{\w+\}", "i1", path), b"{}" if method in ("POST", "PUT") else None)
                self.assertNotIn(status, (405, 500, 501), f"{method} {path}")
                self.assertFalse(status == 404 and answer["detail"] == "Not Found", f"{method} {path} has no route")

    def test_analysis_keys(self):
        """Keys of `analyze --json`, nested ones with dots, of a file that has something under each of them."""
        seconds, rate = 12, 22050
        beat = [math.exp(-(i % (rate // 2)) / 2000) * sum(math.sin(i * 6.2832 * f / rate) for f in (220, 277.2, 329.6, 55))
                for i in range(seconds * rate)]
        # The first second is clipped, so that there is a finding.
        self.write("a.wav", wav([max(-1, min(1, (2 if i < rate else 0.2) * x)) for i, x in enumerate(beat)]))
        line = json.loads(self.works("analyze", "--json", "a.wav").stdout)

        def names(value, path):
            if isinstance(value, dict):
                return [n for key, inner in value.items() for n in names(inner, f"{path}.{key}")]
            if isinstance(value, list) and value and isinstance(value[0], dict):
                return names(value[0], path + "[]")
            return [path]
        self.compare("analysis_keys.txt", sorted(name.lstrip(".") for name in names(line, "")))

    def test_metrics(self):
        self.trained()
        with Server(self, env={"MONGODB_URL": "mongodb://127.0.0.1:1/nobody"}) as server:
            server.post("/ml-analytics/recommendations", {"user_id": "u0"})
            server.get("/nowhere")
            _, _, text = server.get("/metrics")
        lines = []
        for name, kind in re.findall(r"(?m)^# TYPE (\S+) (\S+)", text):
            labels = sorted({label for sample in re.findall(rf"(?m)^{name}(?:_bucket|_sum|_count)?\{{([^}}]*)\}}", text)
                             for label in re.findall(r'(\w+)="', sample)} - {"le"})
            lines.append(f"{name} {kind} {','.join(labels)}".rstrip())
        self.assertIn("ml_analytics_requests_total counter endpoint,status", lines)
        self.compare("metrics.txt", sorted(lines))


if __name__ == "__main__":
    unittest.main()
