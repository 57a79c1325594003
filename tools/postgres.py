#!/usr/bin/env python3
"""Runs a command beside a PostgreSQL of its own, whose URL the command finds in MLA_TEST_POSTGRES.

    tools/postgres.py COMMAND [ARGUMENT…]

The server lives in a temporary folder, on a Unix socket and a free port of the loopback, as a user that is not root,
and is stopped and removed at the end. Exit code: the command's; 1 where PostgreSQL is not installed or does not start.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from own_server import OwnServer, run_beside

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


class Server(OwnServer):
    """A cluster with an empty database `music`; use as a context. `fsync`: what it acknowledges survives the machine.

    Of signals to stop() SIGINT ends connections and stops; SIGQUIT stops as a crash does.
    """

    title = "PostgreSQL"
    package = "postgresql"
    stopped_by = signal.SIGINT
    name = "postgres"
    # initdb and postgres refuse to be root.
    identity = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}

    def __init__(self, fsync=False):
        super().__init__()
        self.fsync = fsync

    @staticmethod
    def binary():
        return binaries()

    @property
    def url(self):
        """Over the Unix socket, without a password."""
        return f"postgresql://{self.name}@/music?host={self.folder}&port={self.port}"

    @property
    def tcp_url(self):
        return f"postgresql+asyncpg://{self.name}:{self.password}@127.0.0.1:{self.port}/music"

    def variables(self):
        return {"MLA_TEST_POSTGRES": self.url}

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

    def command(self):
        return [binaries() / "postgres", "-D", self.folder / "data"]

    def answers(self):
        return self.sql("SELECT 1", database="postgres") == "1"

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


if __name__ == "__main__":
    sys.exit(run_beside(Server, __doc__))
