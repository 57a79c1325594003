#!/usr/bin/env python3
"""Runs a command beside a FerretDB of its own, which speaks MongoDB's protocol, whose URL the command finds in
MLA_TEST_MONGO, and its process id in MLA_TEST_MONGO_PID.

    tools/mongo.py COMMAND [ARGUMENT…]
    tools/mongo.py --build     builds build/ferretdb/ if it is not there: two minutes the first time

MongoDB itself is in no Debian. FerretDB 1 keeps its documents in SQLite files and comes as a module of Go, which is
built here from the sources that the hash below names. The server lives in a temporary folder, on a free port of the
loopback, with a user and a password, sends nothing to anybody, and is stopped and removed at the end. Exit code: the
command's; 1 where it cannot be built or does not start.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from own_server import OwnServer, run_beside

BUILD_SECONDS = 900
MODULE = "github.com/FerretDB/FerretDB"
VERSION = "v1.24.2"
SUM = "h1:trrUU0LbmusMbyubhPS1IELncvrIwKrsRT2LW1UUWCw="
FOLDER = Path(__file__).resolve().parent.parent / "build" / "ferretdb"


def binary():
    """The path of the server, or None while it is not built."""
    path = FOLDER / f"ferretdb-{VERSION}"
    return path if path.exists() else None


def go(*words, cwd):
    done = subprocess.run(["go", *words], cwd=cwd, env=os.environ | {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=BUILD_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"go {words[0]} {words[1]} failed: {(done.stderr or done.stdout)[-1000:].strip()}")
    return done.stdout


def build():
    """Builds it, once, whoever asks at the same time."""
    if shutil.which("go") is None:
        raise FileNotFoundError("Go is not installed (1.24 or newer), which builds FerretDB")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w", encoding="utf-8") as lock, tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if binary() is not None:
            return
        module = json.loads(go("mod", "download", "-json", f"{MODULE}@{VERSION}", cwd=folder))
        if module["Sum"] != SUM:
            raise RuntimeError(f"{MODULE} {VERSION} has the hash {module['Sum']}, not {SUM}")
        source = Path(folder) / "source"
        # Without the mode bits: Go keeps its modules read-only.
        shutil.copytree(module["Dir"], source, copy_function=shutil.copyfile)
        for place in [source, *source.rglob("*")]:
            place.chmod(0o755 if place.is_dir() else 0o644)
        # Its own builds write this file; without it the program ends at once.
        (source / "build" / "version" / "version.txt").write_text(VERSION + "\n", encoding="utf-8")
        go("build", "-trimpath", "-ldflags=-s -w", "-tags=ferretdb_no_postgresql,ferretdb_no_mysql", "-o",
           str(Path(folder) / "ferretdb"), "./cmd/ferretdb", cwd=source)
        (Path(folder) / "ferretdb").rename(FOLDER / f"ferretdb-{VERSION}")


class Server(OwnServer):
    """An empty FerretDB; use as a context. What it acknowledged is there again after stop and start."""

    title = "FerretDB"
    package = "ferretdb"

    def __init__(self):
        if self.binary() is None:
            raise FileNotFoundError("FerretDB is not built: tools/mongo.py --build")
        super().__init__()
        (self.folder / "data").mkdir()

    @staticmethod
    def binary():
        return binary()

    @property
    def url(self):
        return f"mongodb://music:{self.password}@127.0.0.1:{self.port}/music?authSource=admin"

    def variables(self):
        return {"MLA_TEST_MONGO": self.url, "MLA_TEST_MONGO_PID": str(self.process.pid)}

    def command(self):
        return [binary(), "--handler=sqlite", f"--sqlite-url=file:{self.folder / 'data'}/",
                f"--listen-addr=127.0.0.1:{self.port}", "--debug-addr=-", "--telemetry=disable", "--state-dir=-",
                "--test-enable-new-auth", "--setup-database=admin", "--setup-username=music",
                f"--setup-password={self.password}", "--log-level=error"]

    def answers(self):
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True


def main():
    if sys.argv[1:] != ["--build"]:
        return run_beside(Server, __doc__)
    try:
        build()
        return 0
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        print(f"mongo.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
