"""tools/own_server.py ends what it started, however it ends itself."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60
# A kind of server that needs nothing installed: it listens, and that is all.
TOOL = """
import socket, sys
sys.path.insert(0, sys.argv.pop(1))
from own_server import OwnServer, run_beside

class Server(OwnServer):
    title = package = "listener"

    @staticmethod
    def binary():
        return sys.executable

    def command(self):
        return [self.binary(), "-c", f"import socket, time; s = socket.create_server(('127.0.0.1', {self.port})); time.sleep(600)"]

    def answers(self):
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def variables(self):
        return {"SERVER": str(self.process.pid), "FOLDER": str(self.folder)}

sys.exit(run_beside(Server, "about"))
"""


def runs(pid):
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    return False


def end(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Ends(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mla_own_server_")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_tool(self, script):
        (self.folder / "tool.py").write_text(TOOL, encoding="utf-8")
        return subprocess.Popen([sys.executable, self.folder / "tool.py", ROOT / "tools", "sh", "-c", script],
                                env=os.environ | {"TMPDIR": str(self.folder)}, stdout=subprocess.DEVNULL)

    def until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def started(self):
        """The tool, and the processes of its server and its command, once all of them run."""
        told = self.folder / "told"
        tool = self.run_tool(f"echo $SERVER $$ > {told}.new; mv {told}.new {told}; exec sleep 600")
        self.until(told.exists)
        pids = list(map(int, told.read_text(encoding="ascii").split()))
        for pid in (tool.pid, *pids):
            self.addCleanup(end, pid)
        return tool, *pids

    def test_the_exit_code_is_that_of_the_command(self):
        self.assertEqual(self.run_tool("test -d $FOLDER && exit 7").wait(PATIENCE), 7)
        self.assertEqual(list(self.folder.glob("mla_listener_*")), [])

    def test_told_to_end_it_ends_the_command_and_the_server(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(signal=number.name):
                tool, server, command = self.started()
                tool.send_signal(number)
                self.assertEqual(tool.wait(PATIENCE), 128 + number)
                self.assertFalse(runs(server) or runs(command))
                self.assertEqual(list(self.folder.glob("mla_listener_*")), [])
                (self.folder / "told").unlink()

    def test_a_killed_one_leaves_no_server(self):
        tool, server, command = self.started()
        self.assertTrue(runs(command))
        tool.kill()
        tool.wait(PATIENCE)
        self.until(lambda: not runs(server))


if __name__ == "__main__":
    unittest.main()
