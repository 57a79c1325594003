"""Schemathesis (https://schemathesis.readthedocs.io) against a live server: requests that the contract allows and ones that
it rules out, and answers that must be what it says. It comes from PyPI into build/schemathesis; without PyPI it is skipped.
"""

import os
import subprocess
import sys
import unittest
from pathlib import Path

from program import PROGRAM, ROOT, Case, Server, slow

REQUIREMENTS = ROOT / "tools" / "schemathesis.txt"
HERE = Path(__file__).resolve().parent
SECONDS = 150


def schemathesis():
    """The program, installed if it is not there; skips the test without PyPI."""
    home = PROGRAM.parent / "schemathesis"
    stamp = home / "installed.txt"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        made = subprocess.run([home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        if made.returncode != 0:
            raise unittest.SkipTest("skipped: PyPI was not reached: " + made.stdout.strip().splitlines()[-1][:200])
        stamp.write_text(REQUIREMENTS.read_text())
    return home / "bin" / "schemathesis"


class Schemathesis(Case):
    @slow
    def test_no_finding(self):
        program = schemathesis()
        self.trained()
        with Server(self, "--set", "performance.async_workers=0", "--set",
                    "security.rate_limiting.requests_per_minute=1000000") as server:
            key = self.works("token", "create", "--user", "admin", "--api-key").stdout.strip()
            done = subprocess.run(
                [program, "--config-file", HERE / "schemathesis.toml", "run", f"http://127.0.0.1:{server.port}/openapi.json",
                 "--header", f"X-API-Key: {key}", "--max-time", str(SECONDS), "--max-examples", "15", "--seed", "1",
                 "--suppress-health-check", "all", "--warnings", "off", "--output-sanitize", "true"],
                cwd=self.folder, env=os.environ | {"PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "schemathesis_hooks"},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=2 * SECONDS + 60,
                check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-20000:])
            self.assertEqual(server.get("/health")[0], 200)


if __name__ == "__main__":
    unittest.main()
