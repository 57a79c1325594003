"""Recommenders in shared libraries: one that works, and those that are refused, crash or hang, in the program and in a
server."""

import hashlib
import json
import os
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from program import PATIENCE, ROOT, Case, Server

# The example, with a listener's first item deciding what goes wrong: after the lines that tell it, in `score`.
WRONG = {
    "works": "",
    "crashes": "if (history->count > 0) *(volatile int*)nullptr = 1;",
    "hangs": "if (history->count > 0) for (volatile int i = 0;; i = i + 1) {}",
    "short": "if (history->count > 0) return items - 1;",
    "nan": "for (std::int32_t i = 0; i < items; ++i) scores[i] = std::nanf(\"\"); return items;",
}
COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


@unittest.skipUnless(COMPILER, "skipped: no C++ compiler")
class Plugins(Case):
    def setUp(self):
        super().setUp()
        self.trained()  # item_knn/1, which answers where a plugin does not

    def built(self, wrong="works", abi="MLA_PLUGIN_ABI", flags=()):
        """A plugin that does this wrong while it scores those who have heard something, in the test's folder."""
        source = (ROOT / "examples" / "plugin" / "together.cpp").read_text(encoding="utf-8")
        begin = "float* scores, int32_t items) {\n"
        for old, new in ((begin, begin + WRONG[wrong] + "\n"), (".abi = MLA_PLUGIN_ABI", f".abi = {abi}")):
            self.assertIn(old, source)
            source = source.replace(old, new)
        self.write("plugin.cpp", source)
        library = self.folder / "plugin.so"
        subprocess.run([COMPILER, "-std=c++20", "-O1", "-shared", "-fPIC", "-I", ROOT / "src", *flags, "-o", library,
                        self.folder / "plugin.cpp"], check=True, timeout=300)
        library.chmod(0o644)
        return library

    def allowed(self, *libraries, **settings):
        lines = ["plugins:", "  allowed:"]
        for library in libraries:
            lines.append(f'    - "{hashlib.sha256(library.read_bytes()).hexdigest()}  {library}"')
        lines += [f"  {key}: {value}" for key, value in settings.items()]
        return "--config", self.write("plugins.yaml", "\n".join(lines) + "\n")

    def train(self, *config, code=0, algorithm="together_plugin"):
        result = self.run_program("train", "--model-type", "recommendation", "--algorithm", algorithm, *config)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def trained_then_wrong(self, wrong, **settings):
        """A version that was learnt by a good build of the plugin, and settings that allow one with a mistake."""
        self.train(*self.allowed(self.built()))
        return self.allowed(self.built(wrong), **settings)

    def asked(self, *config):
        return self.json("recommend", "--user", "u0", "--algorithm", "together_plugin", *config)

    def test_it_trains_versions_rolls_back_and_answers_like_ours(self):
        config = self.allowed(self.built())
        self.assertRegex(self.train(*config).stdout, r"(?m)^together_plugin: pairs \d+")
        self.train(*config)
        answer = self.asked(*config)
        self.assertEqual(answer["model"], "together_plugin/2")
        self.assertEqual(len(answer["recommendations"]), 20)
        self.assertTrue(any(one["recommendation_reason"] for one in answer["recommendations"]))
        self.works("models", "rollback", "together_plugin", *config)
        self.assertEqual(self.asked(*config)["model"], "together_plugin/1")
        shown = self.json("models", "show", "together_plugin/1", *config)
        self.assertIn("plugin", json.dumps(shown))
        self.works("models", "verify", "together_plugin", *config)

    def test_its_parameters_are_checked(self):
        config = self.allowed(self.built())
        train = ("train", "--model-type", "recommendation", "--algorithm", "together_plugin", *config)
        self.fails(2, "'exponent' is 7", *train, "--params", '{"exponent": 7}')
        self.fails(2, "did you mean 'exponent'", *train, "--params", '{"exponant": 1}')

    def test_it_learns_in_the_background(self):
        config = self.allowed(self.built())
        job = self.works("train", "--model-type", "recommendation", "--algorithm", "together_plugin", "--background",
                         *config).stdout.strip()
        self.works("jobs", "run", "--all", *config)
        shown = self.json("jobs", "show", job, *config)
        self.assertEqual(shown["state"], "succeeded", shown)
        self.assertTrue(any("pairs" in line for line in shown["log"]), shown["log"])

    def test_nothing_is_loaded_that_is_not_allowed(self):
        library = self.built()
        config = self.allowed(library)
        self.train(*config)
        self.fails(2, "unknown algorithm 'together_plugin'", "recommend", "--user", "u0", "--algorithm",
                   "together_plugin")
        library.write_bytes(library.read_bytes() + b"\0")
        self.fails(1, r"plugin\.so' was changed: its SHA-256 is [0-9a-f]{64}, allowed is", "recommend", "--user", "u0",
                   *config)

    def test_what_is_no_plugin_for_this_program_says_so_in_one_line(self):
        ask = ("recommend", "--user", "u0")
        self.fails(1, r"plugin\.so': it is made for plugin ABI 99, this program has plugin ABI 1", *ask,
                   *self.allowed(self.built(abi="99")))
        none = self.built(flags=("-Dmla_plugin_entry=another_name",))
        self.fails(1, r"plugin\.so': it does not export mla_plugin_entry", *ask, *self.allowed(none))
        folder = self.folder / "folder.so"
        folder.mkdir()
        listed = self.write("bad.yaml", f"plugins:\n  allowed: ['{'0' * 64}  {folder}']\n")
        self.fails(1, r"folder\.so' is not a file", *ask, "--config", listed)
        open_to_all = self.built()
        open_to_all.chmod(0o666)
        self.fails(1, r"anybody may write to the plugin '.*plugin\.so': chmod o-w", *ask, *self.allowed(open_to_all))

    def test_one_that_crashes_hangs_or_counts_wrongly_leaves_the_answer_to_another_model(self):
        for wrong in ("crashes", "hangs", "short"):
            with self.subTest(wrong=wrong):
                shutil.rmtree(self.models / "together_plugin", ignore_errors=True)
                config = self.trained_then_wrong(wrong, score_seconds=0.5)
                answer = self.asked(*config)
                self.assertEqual(answer["model"], "item_knn/1")
                self.assertEqual(len(answer["recommendations"]), 20)
                self.assertTrue(any("item_knn/1 answers: together_plugin/1 could not" in note
                                    for note in answer["notes"]), answer["notes"])

    def test_one_that_gives_no_numbers_still_answers(self):
        answer = self.asked(*self.trained_then_wrong("nan"))
        self.assertEqual(answer["model"], "together_plugin/1")
        for one in answer["recommendations"]:
            self.assertTrue(0 <= one["confidence_score"] <= 1, one)

    def test_one_that_crashes_is_not_promoted_and_its_training_fails_in_one_line(self):
        line = self.train(*self.allowed(self.built("crashes")), code=1).stderr.strip().splitlines()[-1]
        self.assertRegex(line, r"the plugin 'together_plugin': .*its process ended with .* while it scores")
        self.assertFalse((self.models / "together_plugin").exists())

    def test_a_server_outlives_it(self):
        config = self.trained_then_wrong("crashes")
        body = {"user_id": "u0", "limit": 3, "config": {"algorithm": "together_plugin"}}
        with Server(self, *map(str, config)) as server:
            for _ in range(3):  # the second and third while it is left alone
                status, _, answer = server.post("/ml-analytics/recommendations", body)
                self.assertEqual((status, answer.get("model")), (200, "item_knn/1"), answer)
            status, _, answer = server.post("/ml-analytics/recommendations", body | {"user_id": "nobody"})
            self.assertEqual(status, 200)
            self.assertEqual(server.stop(), 0)
            self.assertIn("its process ended with", server.text())

    def test_its_process_ends_with_the_program_and_knows_no_secret(self):
        config = self.allowed(self.built("hangs"), score_seconds=600)
        process = self.start_program("train", "--model-type", "recommendation", "--algorithm", "together_plugin",
                                     *config)
        child = self.child_of(process.pid)
        self.assertNotIn("DATABASE_URL", Path(f"/proc/{child}/environ").read_text(errors="replace"))
        process.kill()
        process.communicate()
        self.wait_until_gone(child)

    def child_of(self, parent):
        """The process of the plugin, once it is in its endless loop."""
        for _ in self.patiently("no process of a plugin at work"):
            for entry in filter(str.isdigit, os.listdir("/proc")):
                try:
                    fields = Path(f"/proc/{entry}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()
                    words = Path(f"/proc/{entry}/cmdline").read_text(errors="replace")
                except OSError:
                    continue
                at_work = int(fields[11]) > 20  # ticks of processor time
                if fields[1] == str(parent) and "plugin-host" in words and at_work:
                    return entry

    def wait_until_gone(self, process):
        for _ in self.patiently("the process of the plugin lives on"):
            try:
                if Path(f"/proc/{process}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()[0] == "Z":
                    return
            except OSError:
                return

    @staticmethod
    def patiently(complaint):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            yield
            time.sleep(0.05)
        raise AssertionError(complaint)


if __name__ == "__main__":
    unittest.main()
