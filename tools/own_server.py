"""A server of our own for the time of a command or a test: the base of postgres.py, redis.py and mongo.py, which say
what one has of its own."""

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path


PR_SET_PDEATHSIG = 1  # linux/prctl.h
LIBC = ctypes.CDLL(None)  # loaded here: between fork and exec there is no room for it


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class OwnServer:
    """A server in a temporary folder, on a free port of the loopback, with a password; use as a context.

    A kind of server says its `title`, `package`, binary(), command(), answers() and variables().
    """

    title = ""
    package = ""  # Debian's
    patience = 60  # seconds to start or to stop
    stopped_by = signal.SIGTERM
    identity = {}  # who runs it, as subprocess takes it; empty: who runs this

    def __init__(self):
        if self.binary() is None:
            raise FileNotFoundError(f"{self.title} is not installed: apt-get install {self.package}")
        self.folder = Path(tempfile.mkdtemp(prefix=f"mla_{self.package}_"))
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.process = None

    @staticmethod
    def binary():
        """Where it is installed, or None."""
        raise NotImplementedError

    def command(self):
        """The words that start it."""
        raise NotImplementedError

    def answers(self):
        """Whether it answers; OSError and RuntimeError say no."""
        raise NotImplementedError

    def variables(self):
        """What a command beside it finds in its environment."""
        raise NotImplementedError

    def __enter__(self):
        try:
            self.create()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self):
        """Makes it and starts it for the first time."""
        self.start()

    def start(self):
        """Starts it and waits until it answers."""
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True, preexec_fn=self.end_with_parent,
                                            **self.identity)
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, RuntimeError):
                if self.answers():
                    return
            time.sleep(0.02)
        log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{self.title} did not start: {log[-2000:]}")

    def end_with_parent(self):
        """Called in the new process: it is stopped with the thread that starts it, also one that is killed."""
        LIBC.prctl(PR_SET_PDEATHSIG, self.stopped_by)

    def stop(self, how=None):
        """SIGKILL stops as a crash does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.resume()
        self.process.send_signal(how or self.stopped_by)
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def freeze(self):
        """It takes connections and answers nothing, like a machine that hangs."""
        self.signal_all(signal.SIGSTOP)

    def resume(self):
        self.signal_all(signal.SIGCONT)

    def signal_all(self, number):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):  # it has ended since
                os.kill(pid, number)

    def processes(self):
        """The server and its children, each of which may be a session of its own."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [self.process.pid, *map(int, children.split())]


def run_command(words, environment):
    """Its exit code. Where this process is told to end, so is the command, and both are waited for."""
    with subprocess.Popen(words, env=environment) as command:
        try:
            return command.wait()
        except SystemExit:
            command.terminate()
            raise


def run_beside(kind, description):
    """The main function of a tool: runs the words of the call beside a server of that kind. Returns the exit code."""
    if len(sys.argv) < 2 or sys.argv[1] in ("--help", "-h"):
        print(description.strip(), file=sys.stderr)
        return 0 if len(sys.argv) > 1 else 2
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        with kind() as server:
            return run_command(sys.argv[1:], os.environ | server.variables())
    except (FileNotFoundError, RuntimeError) as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 1
