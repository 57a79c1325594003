#!/usr/bin/env python3
"""Runs clang-tidy-16 on the sources that changed, newest first, for a bounded time.

No arguments. Needs build/asan-ubsan/compile_commands.json (preset asan-ubsan). MLA_TIDY_BASE: the revision to compare
with (default: where this branch left origin/main; on main itself every source is wanted); MLA_TIDY_ALL=1: every source;
MLA_TIDY_SECONDS: stop starting new files after this time (default 300). Exits 1 on a finding.
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASE = ROOT / "build" / "asan-ubsan"


def git(*arguments):
    result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return result.stdout.split("\n") if result.returncode == 0 else []


def base_revision():
    if os.environ.get("MLA_TIDY_BASE"):
        return os.environ["MLA_TIDY_BASE"]
    left = git("merge-base", "HEAD", "origin/main")[:1]
    return left[0] if left and left[0] and left != git("rev-parse", "HEAD")[:1] else None


def wanted_sources(compiled):
    """Sources to look at, in the order of their last change, and what the choice was."""
    base = None if os.environ.get("MLA_TIDY_ALL") == "1" else base_revision()
    if base is None:
        changed, choice = None, "every source"
    else:
        changed = {name for name in git("diff", "--name-only", base) + git("ls-files", "-o", "--exclude-standard") if name}
        # A header is looked at through the source that has its name.
        changed |= {str(Path(name).with_suffix(".cpp")) for name in changed if name.endswith(".h")}
        choice = f"sources changed since {base[:12]}"
    files, seen = [], set()
    for name in git("log", "--name-only", "--format=", "--", "*.cpp", "*.h") + sorted(compiled):
        name = str(Path(name).with_suffix(".cpp")) if name else ""
        if name in compiled and name not in seen and (changed is None or name in changed):
            seen.add(name)
            files.append(name)
    return files, choice


def tidy(name):
    # GoogleTest's macros are not our code: they make tests noisy for checks about branches and globals, and the
    # analyzer walks through all of them (24 s a file instead of 6).
    extra = ["--checks=-bugprone-*,-cppcoreguidelines-*,-clang-analyzer-*,-performance-*,bugprone-use-after-move"] if "/tests/" in name else []
    result = subprocess.run(["clang-tidy-16", "--quiet", "-p", DATABASE, *extra, name], cwd=ROOT, capture_output=True, text=True)
    return name, result.returncode, result.stdout.strip() or result.stderr.strip()


def main():
    if len(sys.argv) > 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    commands = json.loads((DATABASE / "compile_commands.json").read_text())
    compiled = {os.path.relpath(command["file"], ROOT) for command in commands}
    compiled = {name for name in compiled if not name.startswith(("build", ".."))}
    files, choice = wanted_sources(compiled)
    deadline = time.monotonic() + float(os.environ.get("MLA_TIDY_SECONDS", "300"))
    looked, findings = 0, 0

    def run(name):
        return tidy(name) if time.monotonic() < deadline else None

    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("MLA_JOBS", os.cpu_count() or 1))) as pool:
        for result in pool.map(run, files):
            if result is None:
                continue
            looked += 1
            name, code, text = result
            if code != 0:
                findings += 1
                print(f"-- {name}\n{text}", flush=True)
    late = f", {len(files) - looked} not reached in time" if looked < len(files) else ""
    print(f"clang-tidy: {choice}: {looked} files, {findings} with findings{late}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
