"""tools/test_summary.py counts single tests and lets no failure pass."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Summary(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mla_summary_")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def summary(self, entries, results):
        """Runs the tool; `entries` is {name: ctest status}, `results` is {name: XML of its testcases}."""
        cases = "".join(f'<testcase name="{name}" status="{status}"/>' for name, status in entries.items())
        (self.folder / "ctest.xml").write_text(f"<testsuite>{cases}</testsuite>")
        for name, text in results.items():
            (self.folder / f"{name}.xml").write_text(text)
        command = [sys.executable, ROOT / "tools" / "test_summary.py", self.folder / "ctest.xml", self.folder,
                   self.folder / "counts"]
        result = subprocess.run(command, capture_output=True, text=True)
        return result.returncode, result.stdout.splitlines()

    def test_counts_single_tests(self):
        code, lines = self.summary({"a.1": "run", "b.1": "run"}, {
            "a.1": '<testsuites><testsuite><testcase name="x" classname="A"/><testcase name="y" classname="A"/>'
                   '<testcase name="z" classname="A" status="notrun"/></testsuite></testsuites>',
            "b.1": '<testsuite><testcase name="w"><skipped message="no data"/></testcase></testsuite>'})
        self.assertEqual(lines, ["2 passed, 0 failed, 1 skipped"])
        self.assertEqual(code, 0)
        self.assertEqual((self.folder / "counts").read_text(), "2 0 1\n")

    def test_names_failures(self):
        code, lines = self.summary({"a.1": "fail"}, {
            "a.1": '<testsuite><testcase name="x" classname="A"><failure message="1 != 2"/></testcase>'
                   '<testcase name="y" classname="A"/></testsuite>'})
        self.assertEqual(lines, ["FAILED a.1: A.x", "1 passed, 1 failed"])
        self.assertEqual(code, 1)

    def test_a_crash_without_results_is_a_failure(self):
        code, lines = self.summary({"a.1": "fail", "b.1": "run"}, {"b.1": '<testsuite><testcase name="x"/></testsuite>'})
        self.assertEqual(lines[-1], "1 passed, 1 failed")
        self.assertEqual(code, 1)

    def test_torn_results_are_a_failure(self):
        code, lines = self.summary({"a.1": "run"}, {"a.1": '<testsuite><testcase name="x"/>'})
        self.assertEqual(lines[-1], "0 passed, 1 failed")
        self.assertEqual(code, 1)

    def test_a_leak_reported_after_the_last_test_is_a_failure(self):
        code, lines = self.summary({"a.1": "fail"}, {"a.1": '<testsuite><testcase name="x"/></testsuite>'})
        self.assertEqual(lines, ["FAILED a.1: ended badly after its last test", "1 passed, 1 failed"])
        self.assertEqual(code, 1)

    def test_nothing_ran(self):
        code, lines = self.summary({}, {})
        self.assertEqual(lines, ["0 passed, 0 failed"])
        self.assertEqual(code, 1)


class Runner(unittest.TestCase):
    def run_file(self, text):
        with tempfile.TemporaryDirectory(prefix="mla_runner_") as folder:
            file, results = Path(folder) / "sample_test.py", Path(folder) / "out.xml"
            file.write_text(text)
            result = subprocess.run([sys.executable, ROOT / "tests" / "run_unittests.py", file, results],
                                    capture_output=True, text=True)
            return result.returncode, results.read_text() if results.exists() else None

    def test_records_each_outcome(self):
        code, xml = self.run_file("import unittest\n"
                                  "class T(unittest.TestCase):\n"
                                  "    def test_good(self): pass\n"
                                  "    def test_bad(self): self.assertEqual(1, 2)\n"
                                  "    def test_sub(self):\n"
                                  "        with self.subTest(i=1): self.fail('sub')\n"
                                  "    @unittest.skip('why')\n"
                                  "    def test_skip(self): pass\n")
        self.assertEqual(code, 1)
        self.assertEqual(xml.count("<testcase"), 4)
        self.assertEqual(xml.count("<failure"), 2)
        self.assertEqual(xml.count("<skipped"), 1)

    def test_a_failing_class_fixture_is_recorded(self):
        code, xml = self.run_file("import unittest\n"
                                  "class T(unittest.TestCase):\n"
                                  "    @classmethod\n"
                                  "    def setUpClass(cls): raise RuntimeError('no server')\n"
                                  "    def test_a(self): pass\n")
        self.assertEqual(code, 1)
        self.assertIn("no server", xml)

    def test_a_file_that_does_not_load_leaves_no_results(self):
        self.assertEqual(self.run_file("import none_such\n"), (1, None))

    def test_a_file_without_tests_fails(self):
        self.assertEqual(self.run_file("")[0], 1)


if __name__ == "__main__":
    unittest.main()
