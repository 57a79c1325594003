#!/usr/bin/env python3
"""Runs a command beside a Redis of its own, whose URL the command finds in MLA_TEST_REDIS, and its process id in
MLA_TEST_REDIS_PID.

    tools/redis.py COMMAND [ARGUMENT…]

The server lives in a temporary folder, on a free port of the loopback and a Unix socket, with a password and without
persistence, and is stopped and removed at the end. Exit code: the command's; 1 where Redis is not installed or does not
start.
"""

import shutil
import socket
import sys

from own_server import OwnServer, run_beside


class Server(OwnServer):
    """An empty Redis; use as a context."""

    title = "Redis"
    package = "redis-server"

    def __init__(self):
        super().__init__()
        self.socket = self.folder / "redis.sock"

    @staticmethod
    def binary():
        return shutil.which("redis-server")

    @property
    def url(self):
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def unix_url(self):
        return f"redis+unix://:{self.password}@{self.socket}?db=0"

    def variables(self):
        return {"MLA_TEST_REDIS": self.url, "MLA_TEST_REDIS_PID": str(self.process.pid)}

    def command(self):
        return [self.binary(), "--bind", "127.0.0.1", "--port", str(self.port), "--unixsocket", str(self.socket),
                "--requirepass", self.password, "--save", "", "--appendonly", "no", "--dir", str(self.folder)]

    def answers(self):
        return self.ask("PING") == "+PONG"

    def ask(self, *words):
        """The first line that the server answers to a command: '+OK', ':12', '-ERR …', '$-1'."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(self.patience)
            client.connect(str(self.socket))
            client.sendall(b"".join(encoded(command) for command in (("AUTH", self.password), words)))
            lines = client.makefile("rb")
            lines.readline()
            return lines.readline().decode().strip()


def encoded(words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in
                                               (str(one).encode() for one in words))


if __name__ == "__main__":
    sys.exit(run_beside(Server, __doc__))
