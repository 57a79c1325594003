"""Every bad input that the program must survive: one clear line, the right exit code, nothing half done."""

import contextlib
import gzip
import os
import random
import shutil
import sqlite3
import subprocess
import threading
import unittest

from program import NOBODY, PATIENCE, PROGRAM, SANITIZED, SLOW, Case, write_events, free_port


class BadFiles(Case):
    def counts_in_store(self):
        with sqlite3.connect(self.database) as connection:
            return connection.execute("SELECT count(*) FROM events").fetchone()[0]

    def import_fails(self, says, path, kind="events-csv"):
        line = self.fails(1, says, "import", kind, path)
        self.assertIn(path.name, line, "the line does not name the file")
        self.assertEqual(self.counts_in_store(), 0)

    def rejects(self, name):
        """The file of refused rows of the import of NAME.csv."""
        return next(self.folder.glob(f"{name}*.rejects.csv")).read_bytes().decode("utf-8", errors="replace")

    def test_an_empty_file(self):
        self.import_fails("empty", self.write("a.csv", b""))
        self.import_fails("empty", self.write("b.csv.gz", gzip.compress(b"")))
        self.import_fails("empty|header", self.write("c.csv", b"\n\n"))

    def test_a_header_and_nothing_else_is_no_error(self):
        counts = self.import_counts("events-csv", self.write("a.csv", "user,item\n"))
        self.assertEqual(counts, (0, 0))

    def test_a_binary_file(self):
        noise = random.Random(1).randbytes(100_000)
        self.import_fails("header|text|binary|UTF-8|gzip|column", self.write("a.csv", noise))
        self.import_fails("gzip|gz", self.write("b.csv.gz", noise))
        self.fails(1, "a.bin", "import", "auto", self.write("a.bin", noise))

    def test_a_file_in_utf_16(self):
        self.import_fails("UTF-?16|UTF-?8|binary|header", self.write("a.csv", "user,item\nu,i\n".encode("utf-16")))

    def test_a_byte_order_mark_is_no_error(self):
        counts = self.import_counts("events-csv", self.write("a.csv", "\ufeffuser,item\nu,i\n"))
        self.assertEqual(counts, (1, 0))

    def test_rows_that_are_not_utf_8_are_rejected_with_their_line(self):
        path = self.write("a.csv", "user,item\nu1,Sigur Rós\n".encode() + "u2,Mötley Crüe\n".encode("latin-1") + b"u3,i\n")
        counts = self.import_counts("events-csv", path)
        self.assertEqual(counts, (2, 1))
        self.assertRegex(self.rejects("a"), r"(?m)^\"?3\"?,.*UTF-?8")

    def test_a_truncated_gzip_file_says_so(self):
        whole = write_events(self.folder / "whole.csv", users=400).read_bytes()
        packed = gzip.compress(whole)
        line = self.fails(1, "truncated|ends too early|unexpected end|incomplete|damaged|torn", "import", "events-csv",
                          self.write("a.csv.gz", packed[: len(packed) // 2]))
        self.assertIn("a.csv.gz", line)
        # What was read is kept or undone; the whole file then adds exactly the rest.
        (self.folder / "b").mkdir()
        counts = self.import_counts("events-csv", self.write("b/a.csv.gz", packed))
        self.assertEqual(counts, (whole.count(b"\n") - 1, 0))
        self.assertEqual(self.counts_in_store(), whole.count(b"\n") - 1)

    def test_a_csv_cut_in_the_middle_of_its_last_row(self):
        counts = self.import_counts("events-csv", self.write("a.csv", "user,item,timestamp\nu1,i1,1700000000\nu2"))
        self.assertEqual(counts, (1, 1))

    def test_a_header_without_user(self):
        line = self.fails(1, "user", "import", "events-csv", self.write("a.csv", "listener,item\nu,i\n"))
        self.assertIn("listener", line, "the line does not say what the header has")

    def test_weights_that_are_no_weights(self):
        rows = ["u1,i1,1", "u2,i2,nan", "u3,i3,-1", "u4,i4,inf", "u5,i5,", "u6,i6,0", "u7,i7,abc", "u8,i8,2.5"]
        path = self.write("a.csv", "user,item,weight\n" + "\n".join(rows) + "\n")
        (self.folder / "refused").mkdir()
        counts = self.import_counts("events-csv", path, "--rejects-folder", self.folder / "refused")
        rejects = self.rejects("refused/a")
        for line in (3, 4, 5, 7, 8):
            self.assertRegex(rejects, rf"(?m)^\"?{line}\"?,.*weight", f"line {line} is not rejected for its weight")
        self.assertEqual(counts, (3, 5))

    def test_timestamps_in_seconds_milliseconds_and_iso(self):
        times = ["1714564800", "1714564800000", "2024-05-01T12:00:00Z", "2024-05-01 12:00", "2024-05-01T14:00:00+02:00"]
        rows = "".join(f"u,i{number},{text}\n" for number, text in enumerate(times))
        counts = self.import_counts("events-csv", self.write("a.csv", "user,item,timestamp\n" + rows + "u,x,yesterday\n"))
        self.assertEqual(counts, (len(times), 1))
        with sqlite3.connect(self.database) as connection:
            self.assertEqual(connection.execute("SELECT DISTINCT time FROM events").fetchall(), [(1714564800000,)])

    def test_duplicates_are_counted_once(self):
        path = self.write("a.csv", "user,item,timestamp,event_id\nu,i,1700000000,e1\nu,i,1700000000,e1\nu,j,1700000000,e2\n")
        self.import_counts("events-csv", path)
        self.assertEqual(self.counts_in_store(), 2)
        # Without ids two equal rows are two listens; the same file again adds nothing.
        other = self.write("b.csv", "user,item,timestamp\nu,k,1700000000\nu,k,1700000000\n")
        for _ in range(2):
            self.import_counts("events-csv", other)
            self.assertEqual(self.counts_in_store(), 4)

    def test_a_huge_line_takes_bounded_memory(self):
        megabytes = 1024 if SLOW else 64
        fifo = self.folder / "huge.csv"
        os.mkfifo(fifo)

        def feed():
            try:
                with open(fifo, "wb") as pipe:
                    pipe.write(b"user,item\nu1,i1\nu2,")
                    block = b"x" * (1 << 20)
                    for _ in range(megabytes):
                        pipe.write(block)
                    pipe.write(b"\nu3,i3\n")
            except BrokenPipeError:
                pass

        feeder = threading.Thread(target=feed)
        feeder.start()
        # A sanitizer reserves terabytes of addresses, so that only the plain build can be limited.
        limit = [] if SANITIZED else ["/bin/sh", "-c", 'ulimit -v 2000000; exec "$@"', "sh"]
        result = subprocess.run([*limit, PROGRAM, "import", "events-csv", fifo, "--json"], cwd=self.folder,
                                env=self.environment, capture_output=True, text=True, timeout=PATIENCE)
        if feeder.is_alive():  # the program refused without reading to the end: let the feeder see it
            os.close(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK))
        feeder.join()
        self.assertIn(result.returncode, (0, 1), result.stderr)
        if result.returncode == 1:
            self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
            self.assertRegex(result.stderr, "line 3|too long")
        else:
            self.assertEqual(self.counts_in_store(), 2)

    def test_paths_that_are_not_there(self):
        self.fails(1, "none.csv.*No such file", "import", "events-csv", self.folder / "none.csv")
        self.fails(1, "nowhere", "import", "auto", self.folder / "nowhere")

    def test_a_folder_that_holds_nothing_known(self):
        (self.folder / "empty").mkdir()
        self.fails(1, "empty", "import", "auto", self.folder / "empty")

    def test_one_bad_path_of_several_is_an_error(self):
        good, bad = self.write("good.csv", "user,item\nu,i\n"), self.write("bad.csv", "")
        result = self.run_program("import", "events-csv", good, bad)
        self.assertEqual(result.returncode, 1)
        self.assertIn("bad.csv", result.stderr)


@unittest.skipUnless(os.geteuid() == 0, "skipped: only root can become another user")
class Permissions(Case):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o777)
        self.program = shutil.copy(PROGRAM, self.folder / "program")  # the project may lie where nobody may go

    def as_nobody(self, code, says, *arguments):
        return self.fails(code, says, *arguments, user=NOBODY, group=NOBODY, extra_groups=[])

    def test_a_file_that_may_not_be_read(self):
        path = self.write("secret.csv", "user,item\nu,i\n")
        path.chmod(0)
        self.as_nobody(1, "secret.csv.*ermission", "import", "events-csv", path)

    def test_a_folder_that_may_not_be_entered(self):
        folder = self.folder / "closed"
        folder.mkdir()
        folder.chmod(0)
        self.as_nobody(1, "closed.*ermission", "import", "auto", folder)

    def test_a_database_folder_that_may_not_be_written(self):
        self.folder.chmod(0o755)
        path = self.write("a.csv", "user,item\nu,i\n")
        self.as_nobody(1, "music.db|database", "import", "events-csv", path)


class BadStores(Case):
    def dump(self):
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return list(connection.iterdump())

    def test_a_database_from_a_newer_version(self):
        self.import_counts("events-csv", self.write("a.csv", "user,item\nu,i\n"))
        with contextlib.closing(sqlite3.connect(self.database)) as connection, connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            migrations = next(name for name in tables if "migration" in name or "schema" in name)
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({migrations})")]
            row = list(connection.execute(f"SELECT * FROM {migrations} ORDER BY rowid DESC LIMIT 1").fetchone())
            number = next(i for i, value in enumerate(row) if isinstance(value, int))
            row[number] = 9999
            connection.execute(f"INSERT INTO {migrations} ({','.join(columns)}) VALUES ({','.join('?' * len(row))})", row)
        before = self.dump()
        line = self.fails(1, "newer", "import", "events-csv", self.folder / "a.csv")
        self.assertIn("9999", line)
        self.fails(1, "newer", "recommend", "--user", "u")
        self.assertEqual(self.dump(), before, "the newer database was changed")

    def test_a_file_that_is_no_database(self):
        self.write("music.db", b"this is not SQLite" * 1000)
        self.fails(1, "music.db.*not a database|not a database", "import", "events-csv",
                   self.write("a.csv", "user,item\nu,i\n"))

    def test_a_server_that_is_not_there_and_an_engine_that_this_version_lacks(self):
        nobody = f"postgresql://127.0.0.1:{free_port()}/music"
        self.fails(1, "cannot be reached.*DATABASE_URL", "import", "demo", env={"DATABASE_URL": nobody})
        self.fails(1, "database.url|DATABASE_URL", "import", "demo", env={"DATABASE_URL": "oracle://x"})


class FullDisk(Case):
    """A small file system as root; else a file size limit, which SQLite calls an I/O error."""

    def setUp(self):
        super().setUp()
        self.mounted = False

    def limit(self, kilobytes):
        disk = self.folder / "disk"
        disk.mkdir()
        self.database, self.models = disk / "music.db", disk / "models"
        self.environment |= {"DATABASE_URL": f"sqlite:///{self.database}", "ML_MODEL_PATH": str(self.models)}
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", disk]
        if os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
            self.mounted = True
            self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)

    def remount(self, kilobytes):
        if self.mounted:
            subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", self.folder / "disk"], check=True)

    def limited(self, kilobytes, *arguments):
        shell = [] if self.mounted else ["/bin/bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "bash"]
        return subprocess.run([*shell, PROGRAM, *map(str, arguments)], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=PATIENCE)

    def one_line(self, result, says):
        self.assertEqual(result.returncode, 1, result.stderr)
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertRegex(lines[0], says)

    def test_during_import(self):
        events = write_events(self.folder / "a.csv", users=4000)
        self.limit(1000)
        result = self.limited(1000, "import", "events-csv", events)
        self.one_line(result, "(?i)full|space" if self.mounted else "(?i)full|space|I/O error")
        with sqlite3.connect(self.database) as connection:
            self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        # With room again, the same call finishes.
        self.remount(100_000)
        self.works("import", "events-csv", events)
        with sqlite3.connect(self.database) as connection:
            self.assertEqual(connection.execute("SELECT count(*) FROM events").fetchone()[0], 4000 * 15)

    def test_during_train(self):
        self.limit(100_000)
        self.works("import", "events-csv", write_events(self.folder / "a.csv", users=300, items=2000, per_user=100))
        train = ["train", "--model-type", "recommendation", "--algorithm", "ials", "--params", '{"factors": 256, "epochs": 1}']
        filler = self.folder / "disk" / "filler"
        if self.mounted:  # leave 200 KiB
            room = os.statvfs(self.folder / "disk")
            filler.write_bytes(b"x" * (room.f_bavail * room.f_bsize - 200_000))
        self.one_line(self.limited(200, *train), "(?i)full|space|too large")
        left = [path.name for path in self.models.rglob("*") if path.is_file()] if self.models.exists() else []
        self.assertEqual(left, [], "a failed training left files")
        filler.unlink(missing_ok=True)
        self.works(*train)


class BadModels(Case):
    def setUp(self):
        super().setUp()
        self.trained()
        self.weights = next(self.models.rglob("*.safetensors"))
        self.manifest = next(self.models.rglob("manifest.json"))

    def refused(self, says):
        self.fails(1, says, "recommend", "--user", "u0")

    def test_torn_weights(self):
        data = self.weights.read_bytes()
        self.weights.write_bytes(data[: len(data) // 2])
        self.refused("size|bytes|torn|corrupt|truncated")

    def test_missing_weights(self):
        self.weights.unlink()
        self.refused("safetensors")

    def test_a_torn_manifest(self):
        text = self.manifest.read_text()
        self.manifest.write_text(text[: len(text) // 2])
        self.refused("manifest")

    def test_a_manifest_of_a_newer_schema(self):
        text = self.manifest.read_text()
        self.manifest.write_text(text.replace('"schema_version":2', '"schema_version":99'))
        self.assertNotEqual(self.manifest.read_text(), text)
        self.refused("99|newer|schema")

    def test_a_header_that_points_outside_the_file(self):
        data = bytearray(self.weights.read_bytes())
        data[0:8] = (2**62).to_bytes(8, "little")
        self.weights.write_bytes(data)
        self.refused("header|corrupt|safetensors")

    def test_the_version_before_takes_over_from_a_torn_one(self):
        good = self.json("recommend", "--user", "u0")["model"]
        self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn")
        newest = max(self.models.rglob("*.safetensors"), key=lambda path: int(path.parent.name))
        self.assertNotEqual(newest, self.weights)
        newest.write_bytes(b"torn")
        result = self.works("recommend", "--user", "u0", "--json")
        self.assertIn(f'"{good}"', result.stdout)


if __name__ == "__main__":
    unittest.main()
