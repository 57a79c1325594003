#!/usr/bin/env python3
"""Runs a command beside a Redis of its own, whose URL the command finds in MLA_TEST_REDIS, and its process id in
MLA_TEST_REDIS_PID.

    tools/redis.py COMMAND [ARGUMENT…]

The server lives in a temporary folder, on a free port of the loopback and a Unix socket, with a password and without
persistence, and is stopped and removed at the end. Exit code: the command's; 1 where Redis is not installed or does not
start.
"""

import contextlib
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

SECONDS = 30


def binary():
    """The path of redis-server, or None."""
    return shutil.which("redis-server")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """An empty Redis; use as a context."""

    def __init__(self):
        if binary() is None:
            raise FileNotFoundError("Redis is not installed: apt-get install redis-server")
        self.folder = Path(tempfile.mkdtemp(prefix="mla_redis_"))
        self.socket = self.folder / "redis.sock"
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.process = None

    @property
    def url(self):
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def unix_url(self):
        return f"redis+unix://:{self.password}@{self.socket}?db=0"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Starts it, empty, and waits until it answers."""
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [binary(), "--bind", "127.0.0.1", "--port", str(self.port), "--unixsocket", str(self.socket),
                 "--requirepass", self.password, "--save", "", "--appendonly", "no", "--dir", str(self.folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if self.ask("PING") == "+PONG":
                    return
            time.sleep(0.02)
        raise RuntimeError(f"Redis did not start: {(self.folder / 'log').read_text(encoding='utf-8')[-2000:]}")

    def ask(self, *words):
        """The first line that the server answers to a command: '+OK', ':12', '-ERR …', '$-1'."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SECONDS)
            client.connect(str(self.socket))
            client.sendall(b"".join(encoded(command) for command in (("AUTH", self.password), words)))
            lines = client.makefile("rb")
            lines.readline()
            return lines.readline().decode().strip()

    def stop(self, how=signal.SIGTERM):
        """SIGKILL stops as a crash does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.resume()
        self.process.send_signal(how)
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def freeze(self):
        """It takes connections and answers nothing, like a machine that hangs."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


def encoded(words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in
                                               (str(one).encode() for one in words))


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("--help", "-h"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if len(sys.argv) > 1 else 2
    try:
        with Server() as server:
            told = {"MLA_TEST_REDIS": server.url, "MLA_TEST_REDIS_PID": str(server.process.pid)}
            return subprocess.run(sys.argv[1:], env=os.environ | told, check=False).returncode
    except (FileNotFoundError, RuntimeError) as error:
        print(f"redis.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
