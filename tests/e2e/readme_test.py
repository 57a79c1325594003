"""Runs every command of README.md: all `sh` blocks in order. CONTRIBUTING.md states the convention."""

import os
import re
import signal
import subprocess
import unittest

from program import PATIENCE, PROGRAM, ROOT, SHARED, SLOW, Case, free_port, project_copy, wait_for

SERVES = re.compile(r"^(\./run\.sh\b|\S*ml-analytics serve\b)")


def commands(text):
    """[(command, slow)] of all sh blocks; continued lines and here-documents are one command."""
    found = []
    for marker, body in re.findall(r"(<!-- slow -->\s*\n)?```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        pending, end = [], None
        for line in body.splitlines():
            if not pending and (not line.strip() or line.lstrip().startswith("#")):
                continue
            pending.append(line)
            document = re.search(r"<<-?\s*['\"]?(\w+)", line)
            if end is None and document:
                end = document.group(1)
            elif end is not None and line.strip() == end:
                end = None
            if end is None and not line.endswith("\\"):
                found.append(("\n".join(pending), bool(marker)))
                pending = []
        if pending:
            raise AssertionError(f"README.md: a command does not end: {pending}")
    return found


class Convention(unittest.TestCase):
    def test_commands_are_found(self):
        text = ("```sh\n# comment\none\ntwo \\\n  more\n\ncat <<END\nx\nEND\n```\n"
                "```text\nnot this\n```\n<!-- slow -->\n```sh\nlater\n```\n")
        self.assertEqual(commands(text), [("one", False), ("two \\\n  more", False), ("cat <<END\nx\nEND", False), ("later", True)])

    def test_what_serves_is_recognised(self):
        for line in ("./run.sh", "./run.sh ../shared/x", "build/release/ml-analytics serve --port 8000"):
            self.assertTrue(SERVES.match(line), line)
        for line in ("./run.shell", "build/release/ml-analytics recommend --user serve"):
            self.assertFalse(SERVES.match(line), line)


@unittest.skipUnless(PROGRAM.parent == ROOT / "build" / "release", "the commands are those of build/release")
class Readme(Case):
    server = None
    port = "8000"

    def stop_server(self):
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            code = self.server.wait(PATIENCE)
            self.server = None
            self.assertEqual(code, 0, "the server did not end well on Ctrl-C")

    def end_server(self):
        if self.server is not None and self.server.poll() is None:
            self.server.kill()
            self.server.wait()

    def start_server(self, command, prelude, project, environment):
        self.stop_server()
        self.port = str(free_port())
        words = re.sub(r"\s--port[ =]\S+", "", command)
        words = SERVES.sub(lambda match: f"{match.group(0)} --port {self.port}", words)
        log = open(self.folder / "server.log", "w", encoding="utf-8")
        self.addCleanup(log.close)
        # The shell gives its place away: the signal must reach run.sh, or the server that took its place in turn.
        self.server = subprocess.Popen(["bash", "-c", f"set -euo pipefail\n{prelude}exec {words}"], cwd=project,
                                       env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.addCleanup(self.end_server)
        try:
            wait_for(int(self.port), self.server, log.name)
        except AssertionError:
            self.end_server()
            self.server = None
            raise

    def test_every_command_works(self):
        project = project_copy(self.folder)
        environment = {name: value for name, value in self.environment.items() if name not in ("DATABASE_URL", "ML_MODEL_PATH")}
        environment["BASH_ENV"] = os.devnull
        found = commands((ROOT / "README.md").read_text(encoding="utf-8"))
        self.assertTrue(any(command.startswith("./run.sh") for command, _ in found), "README.md does not show ./run.sh")
        prelude, left_out = "", []
        for command, is_slow in found:
            if command.startswith("./test.sh"):
                continue
            if (is_slow and not SLOW) or ("../shared" in command and not SHARED.exists()):
                left_out.append(command)
                continue
            with self.subTest(command=command):
                if SERVES.match(command):
                    self.start_server(command, prelude, project, environment)
                    continue
                if re.match(r"(cd|export)\s", command):
                    prelude += command + "\n"
                text = re.sub(r"(localhost|127\.0\.0\.1):8000\b", rf"\1:{self.port}", command)
                result = subprocess.run(["bash", "-c", "set -euo pipefail\n" + prelude + text], cwd=project, env=environment,
                                        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=2 * PATIENCE)
                self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout[-2000:]}\n{result.stderr[-2000:]}")
        self.stop_server()
        if left_out:
            print("left out:", *left_out, sep="\n  ")


if __name__ == "__main__":
    unittest.main()
