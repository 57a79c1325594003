"""./run.sh: words, the port that is taken, own data, the second start."""

import http.client
import json
import re
import signal
import socket
import subprocess
import time
import unittest

from program import PATIENCE, PROGRAM, ROOT, Case, free_port, project_copy, wait_for, write_events


@unittest.skipUnless(PROGRAM.parent == ROOT / "build" / "release", "run.sh starts build/release")
class RunSh(Case):
    def setUp(self):
        super().setUp()
        self.project = project_copy(self.folder)
        for name in ("DATABASE_URL", "ML_MODEL_PATH"):
            del self.environment[name]

    def call(self, *arguments):
        return subprocess.run([self.project / "run.sh", *map(str, arguments)], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)

    def refused(self, code, says, *arguments):
        result = self.call(*arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.assertIn(says, result.stderr)
        self.assertFalse((self.project / "var").exists(), "it began to work")

    def test_words(self):
        self.assertIn("usage: ./run.sh", self.call("--help").stdout)
        self.refused(2, "--prot", "--prot", "1")
        self.refused(2, "eighty", "--port", "eighty")
        self.refused(2, "99999", "--port", "99999")
        self.refused(1, "nothing-here", "nothing-here")

    def test_a_port_in_use_is_told_before_the_work(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused(1, f"port {port} is in use", "--port", port)

    def welcomed(self, log):
        """The token that the welcome shows, which comes after the server listens."""
        for _ in range(100):
            found = re.search(r"Authorization: Bearer ([\w.-]+)'", log.read_text(encoding="utf-8"))
            if found:
                return found.group(1)
            time.sleep(0.1)
        self.fail(f"no curl line with a token: {log.read_text(encoding='utf-8')[-2000:]}")

    def served(self, *arguments):
        """Starts run.sh, asks for a recommendation, ends it with Ctrl-C; what it printed and the answer."""
        port = free_port()
        log = self.folder / "run.log"
        with open(log, "w", encoding="utf-8") as file:
            process = subprocess.Popen([self.project / "run.sh", "--port", str(port), *arguments], cwd=self.folder,
                                       env=self.environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
            try:
                wait_for(port, process, log)
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("POST", "/ml-analytics/recommendations", json.dumps({"user_id": "u0", "limit": 3}),
                                   {"Authorization": f"Bearer {self.welcomed(log)}"})
                answer = json.loads(connection.getresponse().read())
                connection.close()
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(PATIENCE), 0)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        return log.read_text(encoding="utf-8"), answer

    def test_own_data_is_kept_and_added_to(self):
        write_events(self.folder / "events.csv")
        # A path is meant from where the person stands, not from the project.
        text, answer = self.served("events.csv")
        self.assertEqual(len(answer["recommendations"]), 3, answer)
        self.assertNotIn("synthetic", text)
        self.assertIn(answer["recommendations"][0]["track_id"], text, "the welcome does not recommend")
        self.assertIn("its password is shown this once", text)
        models = self.project / "var" / "library" / "models"
        trained = sorted(str(path) for path in models.rglob("manifest.json"))
        self.assertEqual(len(trained), 1)

        # The same again, and without a path: nothing new, so nothing is trained, and the person's own data is served.
        for arguments in (["events.csv"], []):
            text, again = self.served(*arguments)
            self.assertNotIn("password is shown", text)
            self.assertEqual([one["track_id"] for one in again["recommendations"]],
                             [one["track_id"] for one in answer["recommendations"]])
        self.assertEqual(sorted(str(path) for path in models.rglob("manifest.json")), trained)

        with open(self.folder / "events.csv", "a", encoding="utf-8") as file:
            file.write("u0,i0,1715000000,5\nu0,brand new,1715000000,5\n")
        self.served("events.csv")
        self.assertEqual(len(list(models.rglob("manifest.json"))), 2, "new events were not learnt")

    def test_without_data_there_is_a_demo_that_says_so(self):
        text, _ = self.served()
        self.assertIn("synthetic", text)
        self.assertTrue((self.project / "var" / "demo").is_dir())
        self.assertFalse((self.project / "var" / "library").exists())


if __name__ == "__main__":
    unittest.main()
