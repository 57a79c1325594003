#!/usr/bin/env python3
"""Runs a command beside a PostgreSQL of its own, whose URL the command finds in MLA_TEST_POSTGRES.

    tools/postgres.py COMMAND [ARGUMENT…]

The server lives in a temporary folder, on a Unix socket and a free port of the loopback, as a user that is not root,
and is stopped and removed at the end. Exit code: the command's; 1 where PostgreSQL is not installed or does not start.
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

SECONDS = 60
# Nothing of a test server must survive the machine.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
port = {port}
fsync = {fsync}
shared_buffers = 64MB
max_connections = 100
log_min_messages = fatal
"""


def binaries():
    """The folder of initdb and postgres, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A cluster with an empty database `music`; use as a context. `fsync`: what it acknowledges survives the machine."""

    def __init__(self, fsync=False):
        if binaries() is None:
            raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
        self.folder = Path(tempfile.mkdtemp(prefix="mla_pg_"))
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.process = None
        # initdb and postgres refuse to be root.
        self.identity = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        self.name = "postgres"
        self.fsync = fsync

    @property
    def url(self):
        """Over the Unix socket, without a password."""
        return f"postgresql://{self.name}@/music?host={self.folder}&port={self.port}"

    @property
    def tcp_url(self):
        return f"postgresql+asyncpg://{self.name}:{self.password}@127.0.0.1:{self.port}/music"

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
        secret = self.folder / "password"
        secret.write_text(self.password)
        if self.identity:
            for path in (self.folder, secret):
                shutil.chown(path, "postgres", "postgres")
        self.run("initdb", "--pgdata", self.folder / "data", "--username", self.name, "--pwfile", secret, "--auth-local",
                 "trust", "--auth-host", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        with open(self.folder / "data" / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(folder=self.folder, port=self.port, fsync="on" if self.fsync else "off"))
        self.start()
        self.sql("CREATE DATABASE music", database="postgres")

    def run(self, program, *arguments):
        done = subprocess.run([binaries() / program, *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **self.identity)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stdout}")
        return done.stdout

    def sql(self, text, database="music"):
        """What psql prints for it: rows by line, columns by |."""
        return self.run("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--host", self.folder, "--port",
                        self.port, "--username", self.name, "--dbname", database, "--command", text).strip()

    def start(self):
        """Starts it and waits until it answers."""
        log = open(self.folder / "log", "a", encoding="utf-8")
        with log:
            self.process = subprocess.Popen([binaries() / "postgres", "-D", self.folder / "data"], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            **self.identity)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.sql("SELECT 1", database="postgres")
                return
            except RuntimeError:
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text(encoding='utf-8')[-2000:]}")

    def stop(self, how=signal.SIGINT):
        """SIGINT ends connections and stops; SIGQUIT stops as a crash does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.resume()
        self.process.send_signal(how)
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def freeze(self):
        """It takes connections and answers nothing, like a machine whose disk hangs."""
        self.signal_all(signal.SIGSTOP)

    def resume(self):
        self.signal_all(signal.SIGCONT)

    def signal_all(self, number):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):  # it has ended since
                os.kill(pid, number)

    def processes(self):
        """The postmaster and its children, each a session of its own."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [self.process.pid, *map(int, children.split())]


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("--help", "-h"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if len(sys.argv) > 1 else 2
    try:
        with Server() as server:
            return subprocess.run(sys.argv[1:], env=os.environ | {"MLA_TEST_POSTGRES": server.url}, check=False).returncode
    except (FileNotFoundError, RuntimeError) as error:
        print(f"postgres.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
