#!/usr/bin/env python3
"""test_summary.py CTEST.xml RESULTS_FOLDER [COUNTS]: what became of each single test of a ctest run.

CTEST.xml is ctest's --output-junit; the folder holds <entry>.xml of each entry that lists its own tests (GoogleTest,
tests/run_unittests.py). Prints each failed test; the last line is `N passed, N failed[, N skipped]`. Appends
"passed failed skipped" to the file COUNTS if given. Exits 1 if a test failed or none ran.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree


def single_tests(path):
    """[(name, passed | failed | skipped)] of one results file, or None if it is missing or torn (a crash)."""
    try:
        tree = ElementTree.parse(path)
    except (OSError, ElementTree.ParseError):
        return None
    found = []
    for case in tree.iter("testcase"):
        if case.get("status") == "notrun":  # disabled, or in the other half
            continue
        name = ".".join(part for part in (case.get("classname"), case.get("name")) if part)
        if case.find("failure") is not None or case.find("error") is not None:
            found.append((name, "failed"))
        elif case.find("skipped") is not None:
            found.append((name, "skipped"))
        else:
            found.append((name, "passed"))
    return found


def collect(ctest_xml, folder):
    """[(test, outcome)] over all entries. An entry that failed without naming a failed test counts as one itself."""
    outcomes = []
    for case in ElementTree.parse(ctest_xml).iter("testcase"):
        entry, entry_failed = case.get("name"), case.get("status") == "fail"
        tests = single_tests(Path(folder) / f"{entry}.xml")
        if tests is None:
            skipped = case.get("status") in ("notrun", "disabled")
            outcomes.append((entry, "skipped" if skipped and not entry_failed else "failed"))
            continue
        outcomes += [(f"{entry}: {name}", outcome) for name, outcome in tests]
        if entry_failed and not any(outcome == "failed" for _, outcome in tests):
            outcomes.append((f"{entry}: ended badly after its last test", "failed"))
    return outcomes


def summary_line(passed, failed, skipped):
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def main():
    outcomes = collect(sys.argv[1], sys.argv[2])
    counts = [sum(outcome == kind for _, outcome in outcomes) for kind in ("passed", "failed", "skipped")]
    for name, outcome in outcomes:
        if outcome == "failed":
            print(f"FAILED {name}")
    if len(sys.argv) > 3:
        with open(sys.argv[3], "a", encoding="utf-8") as file:
            print(*counts, file=file)
    print(summary_line(*counts))
    return 0 if counts[1] == 0 and counts[0] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
