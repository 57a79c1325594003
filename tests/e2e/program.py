"""What the end-to-end tests share: the program in a folder of its own, its servers, and small made-up data."""

import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from openapi import Contract

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get("MLA_PROGRAM", ROOT / "build" / "release" / "ml-analytics")).resolve()
SHARED = ROOT.parent / "shared" / "data"
SLOW = os.environ.get("MLA_SLOW") == "1"
SANITIZED = os.environ.get("MLA_SANITIZED") == "1"
NOBODY = 65534
# Sanitizer builds are many times slower.
PATIENCE = 300


def write_events(path, users=40, items=60, per_user=15, seed=1, timed=True):
    """Two groups of listeners with half of the items each, so that there is something to learn; of the last 100 days."""
    draw = random.Random(seed)
    start = int(time.time()) - 100 * 86400
    with open(path, "w", encoding="utf-8") as file:
        file.write("user,item,timestamp,weight\n" if timed else "user,item\n")
        for user in range(users):
            half = range(items // 2) if user % 2 == 0 else range(items // 2, items)
            for item in sorted(draw.sample(half, min(per_user, items // 2))):
                line = f"u{user},i{item}"
                if timed:
                    line += f",{start + draw.randrange(99 * 86400)},{draw.randrange(1, 9)}"
                file.write(line + "\n")
    return path


class Server:
    """`ml-analytics serve` on a free port, or on that one; use as a context."""

    promised = None

    def __init__(self, case, *arguments, env=None, port=None):
        self.case = case
        name = case.folder / f"serve-{time.monotonic_ns()}"
        self.log = open(f"{name}.log", "w+", encoding="utf-8")
        self.out = open(f"{name}.out", "w+", encoding="utf-8")
        self.env = env or {}
        self.bearer = None
        self.port = port or free_port()
        self.process = subprocess.Popen([PROGRAM, "serve", "--port", str(self.port), *arguments], cwd=case.folder,
                                        env=case.environment | self.env, stdin=subprocess.DEVNULL,
                                        stdout=self.out, stderr=self.log, start_new_session=True)  # no terminal

    def __enter__(self):
        try:
            wait_for(self.port, self.process, self.log.name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()
        self.out.close()

    def text(self):
        """What it logged."""
        return Path(self.log.name).read_text(encoding="utf-8", errors="replace")

    def printed(self):
        """What it wrote to its standard output."""
        return Path(self.out.name).read_text(encoding="utf-8", errors="replace")

    def token(self, user="admin"):
        """A token of that user, made as a person on this machine makes one."""
        made = self.case.run_program("token", "create", "--user", user, env=self.env)
        self.case.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout.strip()

    def request(self, method, path, body=None, headers=None):
        """(status, headers, body as JSON where it is JSON, else text), asked as the admin unless `headers` say who asks"""
        headers = headers or {}
        if path.startswith("/ml-analytics/") and not {"Authorization", "X-API-Key"} & set(headers):
            self.bearer = self.bearer or self.token()
            headers = headers | {"Authorization": f"Bearer {self.bearer}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"} | headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8")
            told = dict(answer.getheaders())
        finally:
            connection.close()
        if path != "/openapi.json":
            self.case.assertEqual(self.contract().check(method, path, answer.status, told, text), [])
        is_json = "json" in told.get("Content-Type", "")
        return answer.status, told, json.loads(text) if is_json and text else text

    def contract(self):
        """What the program promises; every answer is compared with it."""
        if Server.promised is None:
            Server.promised = Contract(self.get("/openapi.json")[2])
        return Server.promised

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, body):
        return self.request("POST", path, body)

    def stop(self, with_signal=signal.SIGINT):
        """Asks the server to end and returns its exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE)


class Case(unittest.TestCase):
    """A test with a folder, a database and models of its own."""

    maxDiff = None
    program = PROGRAM

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mla_e2e_"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.database = self.folder / "music.db"
        self.models = self.folder / "models"
        kept = {name: value for name, value in os.environ.items()
                if name in ("PATH", "HOME", "LANG", "TMPDIR") or name.endswith("SAN_OPTIONS")}
        self.environment = kept | {"DATABASE_URL": f"sqlite:///{self.database}", "ML_MODEL_PATH": str(self.models),
                                   "API_RATE_LIMIT": "1000000000"}  # tests ask faster than a client should

    def run_program(self, *arguments, timeout=PATIENCE, env=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([self.program, *map(str, arguments)], cwd=self.folder, env=self.environment | (env or {}),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, text=True,
                              errors="replace", check=False, **options)

    def start_program(self, *arguments, **options):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def works(self, *arguments, **options):
        result = self.run_program(*arguments, **options)
        self.assertEqual(result.returncode, 0, f"{arguments}: {result.stderr}")
        return result

    def json(self, *arguments, **options):
        """The one JSON object that the call prints; stdout must hold nothing else."""
        return json.loads(self.works(*arguments, "--json", **options).stdout)

    def fails(self, code, says, *arguments, **options):
        """The call ends with `code`, prints nothing on stdout and one line on stderr, which matches `says`."""
        result = self.run_program(*arguments, **options)
        self.assertEqual(result.returncode, code, f"{arguments}: {result.stdout} {result.stderr}")
        self.assertEqual(result.stdout, "", arguments)
        lines = [line for line in result.stderr.strip().splitlines() if not line.startswith('{"time":')]  # the log
        self.assertEqual(len(lines), 1, f"{arguments}: not one line: {result.stderr[:2000]}")
        self.assertRegex(lines[0], re.compile(says, re.IGNORECASE))
        self.assertLess(len(lines[0]), 600, "the line is too long to be read")
        return lines[0]

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def disk(self, size):
        """A filesystem of its own with so much room, or the test is skipped."""
        if os.getuid() != 0 or shutil.which("mount") is None:
            self.skipTest("skipped: mounting needs root")
        folder = self.folder / "disk"
        folder.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False,
                                 stderr=subprocess.DEVNULL)
        if mounted.returncode != 0:
            self.skipTest("skipped: no mount here")
        self.addCleanup(subprocess.run, ["umount", folder], check=False)
        return folder

    @staticmethod
    def remount(folder, option):
        subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)

    def import_counts(self, *arguments, **options):
        """(events taken, new or known, and rows rejected) that `import --json` tells of its one path."""
        told = self.json("import", *arguments, **options)
        return told["events"]["added"] + told["events"]["unchanged"], told["rejected"]

    def trained(self):
        """Imports the small data and trains a model that takes no time."""
        events = write_events(self.folder / "events.csv")
        self.works("import", "events-csv", events)
        self.works("train", "--model-type", "recommendation", "--algorithm", "item_knn")


def shared(*parts):
    """A file below ../shared/data, or the test is skipped."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        raise unittest.SkipTest("skipped: no ../shared/data")
    return path


def slow(test):
    return unittest.skipUnless(SLOW, "slow: ./test.sh --all runs it")(test)


def project_copy(folder):
    """The project in `folder`, with a var/ of its own and the real build, so that nothing is built or left behind."""
    copy = Path(folder) / "ml-analytics"
    copy.mkdir()
    for entry in ROOT.iterdir():
        if entry.name in ("run.sh", "config", "tools"):
            (shutil.copytree if entry.is_dir() else shutil.copy)(entry, copy / entry.name)
        elif entry.name not in ("var", ".git"):
            (copy / entry.name).symlink_to(entry)
    if SHARED.parent.exists():
        (copy.parent / "shared").symlink_to(SHARED.parent.resolve())
    return copy


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, log):
    """Until a server answers on the port; what it logged is the message if it does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/health/live")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(f"no server on port {port} (exit {process.poll()}): {Path(log).read_text(errors='replace')[-3000:]}")
