#!/usr/bin/env python3
"""kill -9 of the server while four clients write events: bench/kills.py [COUNT] [--postgres]

Kills `ml-analytics serve` COUNT times (200) at a random moment, seed 1, and starts it again; clients send a batch of five
events with ids until it is acknowledged. Then compares what is stored with what was acknowledged and prints how many
events are lost and how many are there twice. The database is SQLite in a temporary folder, or, with --postgres, a
PostgreSQL server of its own. Fails if an event is lost, doubled or refused.
"""

import collections
import sqlite3
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tools")]
import postgres  # noqa: E402
from program import Case  # noqa: E402
from writers import kill_while_written  # noqa: E402

STORED = "SELECT e.time / 1000 FROM events e JOIN users u ON u.key = e.user WHERE u.id LIKE 'writer-%'"


class Bench(Case):
    """Not a test: its folder, database and program."""

    def runTest(self):
        raise NotImplementedError


def measure(count, server):
    bench = Bench()
    bench.setUp()
    try:
        if server is not None:
            bench.environment["DATABASE_URL"] = server.url
        bench.trained()
        began = time.monotonic()
        writers = kill_while_written(bench, count)
        seconds = time.monotonic() - began
        if server is not None:
            rows = [int(line) for line in server.sql(STORED).splitlines()]
        else:
            with sqlite3.connect(bench.database) as database:
                rows = [row[0] for row in database.execute(STORED)]
    finally:
        bench.doCleanups()
    stored, wanted = collections.Counter(rows), collections.Counter(writers.seconds())
    lost, doubled = (wanted - stored).total(), (stored - wanted).total()
    print(f"{count} kills in {seconds:.0f} s on {'PostgreSQL' if server else 'SQLite'}: {wanted.total()} events acknowledged, "
          f"{writers.repeated} batches sent again; lost {lost}, doubled or unknown {doubled}, refused {len(writers.refused)}")
    return 0 if lost == doubled == len(writers.refused) == 0 else 1


def main():
    words = [word for word in sys.argv[1:] if word != "--postgres"]
    count = int(words[0]) if words else 200
    if "--postgres" not in sys.argv:
        return measure(count, None)
    with postgres.Server(fsync=True) as server:
        return measure(count, server)


if __name__ == "__main__":
    sys.exit(main())
