#!/usr/bin/env python3
"""run_unittests.py FILE RESULTS.xml: runs a file of unittests and writes what became of each test as JUnit XML."""

import importlib.util
import sys
import time
import unittest
from pathlib import Path
from xml.etree import ElementTree


class Recorder(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.suite = ElementTree.Element("testsuite")
        self.cases = {}

    def startTest(self, test):
        super().startTest(test)
        self.cases[test.id()] = ElementTree.SubElement(self.suite, "testcase", name=test.id().split(".", 1)[-1])
        self.started = time.monotonic()

    def stopTest(self, test):
        self.cases[test.id()].set("time", f"{time.monotonic() - self.started:.3f}")
        super().stopTest(test)

    def mark(self, test, kind, text):
        case = self.cases.get(test.id())
        if case is None:  # setUpClass or setUpModule
            case = self.cases[test.id()] = ElementTree.SubElement(self.suite, "testcase", name=str(test))
        ElementTree.SubElement(case, kind, message=text[-2000:])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.mark(test, "failure", str(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self.mark(test, "failure", str(err[1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.mark(test, "skipped", reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.mark(test, "failure", f"{subtest}: {err[1]}")


def main():
    file, results = Path(sys.argv[1]), Path(sys.argv[2])
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(suite)
    results.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(result.suite).write(results, encoding="utf-8", xml_declaration=True)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
