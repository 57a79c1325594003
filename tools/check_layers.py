#!/usr/bin/env python3
"""Refuses includes and files that break the house rules; src/rooms.txt is the table, which CMake links by too.

No arguments. Prints `file:line: what: why it is refused` for each violation and exits 1 if there was one.
"""

import re
import sys
from collections import namedtuple
from pathlib import Path

SOFT_LIMIT, HARD_LIMIT = 400, 600
CODE_FOLDERS = ("src", "apps", "bench", "tests", "bindings")
SOURCES = {".h", ".cpp", ".c"}
FOREIGN_SUFFIXES = {".hpp", ".hh", ".hxx", ".h++", ".cc", ".cxx", ".c++", ".ipp", ".tpp", ".inl"}
INCLUDE = re.compile(r"^\s*(?:#|%:)\s*include(?:_next)?\b\s*(.*?)\s*$")
# Adapters that the tests of a room, tests/ and bench/ may include: what stands on a port is tested on what implements it.
TEST_ADAPTERS = {"sqlite", "postgres", "redis"}

Room = namedtuple("Room", "name floor allowed")
Violation = namedtuple("Violation", "file line what why")


def read_table(path):
    """{room name: Room}; `allowed` are the names of the other rooms that it may include."""
    rooms, floors, floor, below = {}, {}, None, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "floor" and len(words) >= 2:
            floor, below = words[1], words[2:]
            unknown = [name for name in below if name not in floors]
            floors[floor] = []
        elif words[0] == "room" and len(words) >= 2 and floor:
            # Only rooms that stand above in the table may be named, so that there can be no cycle.
            unknown = [name for name in words[2:] if name not in floors[floor]]
            allowed = set(words[2:]).union(*(floors[name] for name in below))
            rooms[words[1]] = Room(words[1], floor, allowed)
            floors[floor].append(words[1])
        else:
            raise SystemExit(f"{path}:{number}: '{line}' is neither 'floor NAME …' nor 'room NAME …'")
        if unknown:
            raise SystemExit(f"{path}:{number}: {', '.join(unknown)}: not defined above this line of the same table")
    return rooms


def without_comments(text):
    """The text with comments as spaces, literals kept, continued lines joined, line numbers unchanged."""
    pattern = re.compile(r'//(?:[^\\\n]|\\.|\\\n)*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                         re.DOTALL)

    def blank(match):
        piece = match.group(0)
        if piece.startswith(("//", "/*")):
            return " " + "\n" * piece.count("\n")
        return '""' + "\n" * piece.count("\n") if piece.startswith("R") else piece

    text = pattern.sub(blank, text)
    return re.sub(r"\\\n((?:[^\n]*\\\n)*[^\n]*)", lambda m: m.group(1).replace("\\\n", " ") + "\n" * m.group(0).count("\n"),
                  text)


def declares_something(code):
    return any(line.strip() and not line.lstrip().startswith("#") for line in code.splitlines())


class Checker:
    def __init__(self, root):
        self.root = Path(root)
        self.rooms = read_table(self.root / "src" / "rooms.txt")
        self.floors = {room.floor for room in self.rooms.values()}
        self.violations, self.warnings = [], []
        self.lines = {name: [0, 0] for name in self.rooms}  # of sources, of tests

    def refuse(self, file, line, what, why):
        self.violations.append(Violation(file, line, what, why))

    def run(self):
        for folder in CODE_FOLDERS:
            for path in sorted((self.root / folder).rglob("*")):
                if path.is_file() and (path.suffix in SOURCES or path.suffix in FOREIGN_SUFFIXES):
                    self.check_file(path)
        for room in self.rooms.values():
            self.check_room(room)
        return self

    def check_room(self, room):
        folder = self.root / "src" / room.floor / room.name
        sources, tests = self.lines[room.name]
        if any(folder.rglob("*.cpp")) and not (folder / "CMakeLists.txt").exists():
            self.refuse(folder.relative_to(self.root), 1, "no CMakeLists.txt", "the room would not be built: call mla_room()")
        elif sources > 100 and tests < sources / 2:
            self.warnings.append(f"src/{room.floor}/{room.name}: {tests} test lines for {sources} source lines, "
                                 f"want at least {(sources + 1) // 2}")

    def check_file(self, path):
        file = path.relative_to(self.root)
        if path.suffix in FOREIGN_SUFFIXES:
            self.refuse(file, 1, path.suffix, "headers end in .h and sources in .cpp")
            return
        text = path.read_text(encoding="utf-8", errors="replace")
        count = text.count("\n")
        if count > HARD_LIMIT:
            self.refuse(file, count, f"{count} lines", f"at most {HARD_LIMIT}: split the file by what its parts do")
        elif count > SOFT_LIMIT:
            self.warnings.append(f"{file}: {count} lines, aim at {SOFT_LIMIT}")

        code = without_comments(text)
        room, in_tests = None, False
        if file.parts[0] == "src":
            room = self.room_of(file.parts[1:])
            if room is None:
                self.refuse(file, 1, "not in a room", "src/rooms.txt has no such floor and room: add it there or move the file")
                return
            in_tests = "tests" in file.parts[3:-1]
            self.lines[room.name][in_tests] += count
            for_c = path.suffix == ".h" and re.search(r'(?m)^extern "C" \{', text)  # C has no namespaces
            if not in_tests and not for_c and declares_something(code) and not re.search(
                    rf"\bnamespace\s+mla::{room.name}\b", code):
                self.refuse(file, 1, f"no namespace mla::{room.name}", "a room is one namespace")
        for number, line in enumerate(code.split("\n"), 1):
            match = INCLUDE.match(line)
            if match:
                why = self.objection(file, room, in_tests, match.group(1))
                if why:
                    self.refuse(file, number, f"#include {match.group(1)}", why)

    def room_of(self, parts):
        """The room of a path below src/, or None."""
        room = self.rooms.get(parts[1]) if len(parts) > 2 else None
        return room if room and room.floor == parts[0] else None

    def objection(self, file, room, in_tests, argument):
        """Why this include is refused, or None."""
        if not re.fullmatch(r'"[^"]+"|<[^>]+>', argument):
            return "the name must be written out, or nobody can check it"
        name, quoted = argument[1:-1], argument[0] == '"'
        parts = Path(name).parts
        if ".." in parts or "." in name.split("/") or name.startswith("/"):
            return "includes are written from src/, without '.', '..' or a leading '/'"
        ours = parts[0] in self.floors
        if not quoted:
            return f'our own headers are included with quotes: "{name}"' if ours else None
        if not ours:
            # Programs and end-to-end tests have headers of their own, written from the project's root.
            if room is None and parts[0] == file.parts[0] and (self.root / name).is_file():
                return None
            if (self.root / file.parent / name).is_file():
                return "no bare sibling includes: write it from src/" if room else "write it from the project's root"
            return "quotes are for our own headers: use <> for a library's"
        if not name.endswith(".h"):
            return "only headers are included, and they end in .h"
        target = self.room_of(parts)
        if target is None:
            return "src/rooms.txt has no such floor and room"
        if not (self.root / "src" / name).is_file():
            return "there is no such file under src/"
        return self.crossing(file, room, in_tests, target, parts)

    def crossing(self, file, room, in_tests, target, parts):
        """Why `file` (of `room`, or of apps/, tests/, bench/) may not include from the room `target`, or None."""
        if room == target:
            return None
        fuzzes = file.parts[:2] == ("tests", "fuzz")  # fuzz targets call parsers that no other room sees
        if "impl" in parts[2:-1] and not fuzzes:
            return f"impl/ of {target.name} is private to that room: use its public headers"
        if "tests" in parts[2:-1] and not in_tests:
            return f"tests/ of {target.name} are for tests alone"
        if target.floor == "adapters":
            if file.parts[0] == "apps":
                return None
            if target.name in TEST_ADAPTERS and (in_tests or room is None):
                return None
            if room and room.floor == "adapters":
                return "adapters never include each other"
            return "adapters are included by apps/ alone: use the port below"
        if room is None or target.name in room.allowed:
            return None
        if room.floor == target.floor:
            return f"{room.name} may use on its floor only: {', '.join(sorted(room.allowed & self.on_floor(room.floor))) or 'nothing'}"
        return f"includes go downwards only: {room.floor} may not include {target.floor}"

    def on_floor(self, floor):
        return {room.name for room in self.rooms.values() if room.floor == floor}


def main():
    if len(sys.argv) > 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    checker = Checker(Path(__file__).resolve().parent.parent).run()
    for warning in checker.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for file, line, what, why in checker.violations:
        print(f"{file}:{line}: {what}: {why}")
    print(f"check_layers: {len(checker.violations)} refused, {len(checker.warnings)} warnings", file=sys.stderr)
    return 1 if checker.violations else 0


if __name__ == "__main__":
    sys.exit(main())
