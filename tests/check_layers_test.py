"""tools/check_layers.py refuses each kind of forbidden include, planted in a copy of the tree."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def load_checker():
    spec = importlib.util.spec_from_file_location("check_layers", ROOT / "tools" / "check_layers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_layers = load_checker()


class Tree(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="mla_layers_"))
        self.addCleanup(shutil.rmtree, self.root)
        for folder in ("src", "apps", "tools"):
            if (ROOT / folder).exists():
                shutil.copytree(ROOT / folder, self.root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        # Targets that do not depend on how far the other rooms are.
        self.plant("src/foundation/base/impl/secret.h", "namespace mla::base {}\n")
        self.plant("src/foundation/math/planted.h", "namespace mla::math {}\n")
        self.plant("src/front/http/planted.h", "namespace mla::http {}\n")
        self.plant("src/adapters/sqlite/planted.h", "namespace mla::sqlite {}\n")
        self.plant("src/adapters/redis/planted.h", "namespace mla::redis {}\n")
        self.plant("src/adapters/mongo/planted.h", "namespace mla::mongo {}\n")
        self.plant("src/learning/registry/planted.h", "namespace mla::registry {}\n")

    def plant(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def violations(self, path=None):
        """Of one file, or of the whole tree without those that it had before anything was planted."""
        checker = check_layers.Checker(self.root)
        if path is not None:
            checker.check_file(self.root / path)
            return checker.violations
        before = check_layers.Checker(ROOT).run().violations
        return [v for v in checker.run().violations if v not in before]

    def refuse(self, path, line, reason):
        """Plants `line` as the third line of a file and expects exactly it to be refused for `reason`."""
        parts = Path(path).parts
        room = parts[2] if parts[0] == "src" else "planted"
        self.plant(path, f"// one\n// two\n{line}\nnamespace mla::{room} {{}}\n")
        found = self.violations(path)
        self.assertEqual([v.line for v in found], [3], found)
        self.assertIn(reason, found[0].why)

    def accept(self, path, line):
        parts = Path(path).parts
        room = parts[2] if parts[0] == "src" else "planted"
        self.plant(path, f"// one\n// two\n{line}\nnamespace mla::{room} {{}}\n")
        self.assertEqual(self.violations(path), [])


class Includes(Tree):
    def test_a_header_for_c_needs_no_namespace(self):
        path = "src/foundation/base/planted_c.h"
        self.plant(path, '#ifdef __cplusplus\nextern "C" {\n#endif\nint planted(void);\n')
        self.assertEqual(self.violations(path), [])
        self.plant(path, "int planted(void);\n")
        self.assertEqual([v.why for v in self.violations(path)], ["a room is one namespace"])

    def test_the_tree_itself_is_clean(self):
        result = subprocess.run([sys.executable, ROOT / "tools" / "check_layers.py"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(result.stdout, "")

    def test_upwards(self):
        self.refuse("src/foundation/base/x.h", '#include "front/http/planted.h"', "downwards only")
        self.refuse("src/knowledge/catalog/x.cpp", '#include "learning/registry/planted.h"', "downwards only")

    def test_downwards(self):
        self.accept("src/front/http/x.cpp", '#include "foundation/math/planted.h"')
        self.accept("src/foundation/math/x.cpp", '#include "foundation/base/result.h"')
        self.accept("src/foundation/base/x.cpp", "#include <vector>")
        self.accept("src/foundation/base/x.cpp", "#include <fmt/format.h>")

    def test_sideways_only_as_the_table_says(self):
        self.refuse("src/foundation/base/x.cpp", '#include "foundation/math/planted.h"', "may use on its floor only: nothing")
        self.refuse("src/foundation/config/x.cpp", '#include "foundation/math/planted.h"', "may use on its floor only: base")
        self.accept("src/foundation/artifact/x.cpp", '#include "foundation/math/planted.h"')

    def test_private_folders(self):
        self.refuse("src/foundation/math/x.cpp", '#include "foundation/base/impl/secret.h"', "private to that room")
        self.refuse("src/foundation/math/tests/x_test.cpp", '#include "foundation/base/impl/secret.h"', "private to that room")
        self.refuse("apps/x.cpp", '#include "foundation/base/impl/secret.h"', "private to that room")
        self.refuse("tests/x.cpp", '#include "foundation/base/impl/secret.h"', "private to that room")
        self.accept("tests/fuzz/x_fuzz.cpp", '#include "foundation/base/impl/secret.h"')
        self.accept("src/foundation/base/x.cpp", '#include "foundation/base/impl/secret.h"')
        self.accept("src/foundation/base/tests/x_test.cpp", '#include "foundation/base/impl/secret.h"')
        self.plant("src/foundation/base/tests/fixture.h", "namespace mla::base {}\n")
        self.refuse("src/foundation/math/y.cpp", '#include "foundation/base/tests/fixture.h"', "for tests alone")
        self.accept("src/foundation/math/tests/y_test.cpp", '#include "foundation/base/tests/fixture.h"')
        self.plant("src/front/http/tests/fixture.h", "namespace mla::http {}\n")
        self.refuse("src/foundation/math/tests/z_test.cpp", '#include "front/http/tests/fixture.h"', "downwards only")

    def test_adapters(self):
        self.refuse("src/front/http/x.cpp", '#include "adapters/sqlite/planted.h"', "by apps/ alone")
        self.refuse("src/adapters/redis/x.cpp", '#include "adapters/sqlite/planted.h"', "never include each other")
        self.refuse("src/front/http/tests/x_test.cpp", '#include "adapters/mongo/planted.h"', "by apps/ alone")
        self.refuse("bench/x.cpp", '#include "adapters/mongo/planted.h"', "by apps/ alone")
        self.accept("src/front/http/tests/y_test.cpp", '#include "adapters/sqlite/planted.h"')
        self.accept("bench/y.cpp", '#include "adapters/sqlite/planted.h"')
        self.accept("bench/z.cpp", '#include "adapters/redis/planted.h"')
        self.accept("tests/fuzz/y.cpp", '#include "adapters/sqlite/planted.h"')
        self.accept("apps/y.cpp", '#include "adapters/redis/planted.h"')
        self.accept("src/adapters/redis/y.cpp", '#include "foundation/store/database.h"')

    def test_names_are_written_from_src(self):
        self.refuse("src/foundation/base/x.cpp", '#include "result.h"', "no bare sibling includes")
        self.refuse("src/foundation/base/x.cpp", '#include "../math/planted.h"', "written from src/")
        self.refuse("src/foundation/base/x.cpp", '#include "foundation/base/../base/result.h"', "written from src/")
        self.refuse("src/foundation/base/x.cpp", '#include "./result.h"', "written from src/")
        self.refuse("src/foundation/base/x.cpp", '#include "/usr/include/stdio.h"', "written from src/")
        self.refuse("src/foundation/base/x.cpp", "#include <foundation/base/result.h>", "with quotes")
        self.refuse("src/foundation/base/x.cpp", '#include "fmt/format.h"', "use <>")
        self.refuse("src/foundation/base/x.cpp", '#include "foundation/base/none.h"', "no such file")
        self.refuse("src/foundation/base/x.cpp", '#include "foundation/none/none.h"', "no such floor and room")
        self.refuse("src/foundation/base/x.cpp", '#include "foundation/base/result.cpp"', "end in .h")

    def test_disguises(self):
        self.refuse("src/foundation/base/x.cpp", '  #  include  "front/http/planted.h"  // why', "downwards only")
        self.refuse("src/foundation/base/x.cpp", '#/* */include/* */"front/http/planted.h"', "downwards only")
        self.refuse("src/foundation/base/x.cpp", '%:include "front/http/planted.h"', "downwards only")
        self.refuse("src/foundation/base/x.cpp", '#include \\\n"front/http/planted.h"', "downwards only")
        self.refuse("src/foundation/base/x.cpp", "#include HEADER", "written out")
        self.refuse("src/foundation/base/x.cpp", '#include_next "front/http/planted.h"', "downwards only")

    def test_comments_and_texts_are_not_includes(self):
        self.accept("src/foundation/base/x.cpp", '// #include "front/http/planted.h"')
        self.accept("src/foundation/base/x.cpp", '/*\n#include "front/http/planted.h"\n*/')
        self.accept("src/foundation/base/x.cpp", 'auto text = R"(\n#include "front/http/planted.h"\n)";')

    def test_a_comment_sign_in_a_text_hides_nothing(self):
        self.plant("src/foundation/base/x.cpp",
                   'namespace mla::base {}\nauto s = "/*";\n#include "front/http/planted.h"\nauto t = "*/";\n')
        self.assertEqual([v.line for v in self.violations("src/foundation/base/x.cpp")], [3])


class Files(Tree):
    def test_rooms_and_namespaces(self):
        self.plant("src/foundation/nowhere/x.h", "namespace mla::nowhere {}\n")
        self.plant("src/foundation/base/lost.h", "namespace mla::math {}\n")
        self.plant("src/foundation/base/basement.h", "namespace mla::basement {}\n")
        self.plant("src/foundation/base/nested.h", "namespace mla::base::deep {}\n")
        self.plant("src/foundation/base/macros.h", "#pragma once\n#define MLA_PLANTED 1\n")
        self.plant("src/learning/base/x.h", "namespace mla::base {}\n")
        why = {str(v.file): v.why for v in self.violations()}
        self.assertEqual(set(why), {"src/foundation/nowhere/x.h", "src/foundation/base/lost.h",
                                    "src/foundation/base/basement.h", "src/learning/base/x.h"})
        self.assertIn("rooms.txt", why["src/foundation/nowhere/x.h"])

    def test_endings(self):
        self.plant("src/foundation/base/x.hpp", "")
        self.plant("src/foundation/base/y.cc", "")
        self.assertEqual({str(v.file) for v in self.violations()}, {"src/foundation/base/x.hpp", "src/foundation/base/y.cc"})

    def test_lengths(self):
        self.plant("src/foundation/base/long.cpp", "namespace mla::base {}\n" + "\n" * 600)
        self.plant("src/foundation/base/longish.cpp", "namespace mla::base {}\n" + "\n" * 400)
        checker = check_layers.Checker(self.root).run()
        self.assertIn(("src/foundation/base/long.cpp", "601 lines"), [(str(v.file), v.what) for v in checker.violations])
        self.assertFalse(any("longish.cpp" in str(v.file) for v in checker.violations))
        self.assertTrue(any("longish.cpp" in warning for warning in checker.warnings), checker.warnings)

    def test_a_room_without_a_build_file(self):
        self.plant("src/adapters/kafka/x.cpp", "namespace mla::kafka {}\n")
        self.assertEqual([str(v.file) for v in self.violations()], ["src/adapters/kafka"])


class Program(Tree):
    def run_program(self, *arguments):
        return subprocess.run([sys.executable, self.root / "tools" / "check_layers.py", *arguments],
                              capture_output=True, text=True)

    def test_a_violation_is_printed_and_fails(self):
        self.plant("src/foundation/base/x.cpp", 'namespace mla::base {}\n#include "front/http/planted.h"\n')
        result = self.run_program()
        self.assertEqual(result.returncode, 1)
        self.assertIn('src/foundation/base/x.cpp:2: #include "front/http/planted.h": '
                      "includes go downwards only: foundation may not include front\n", result.stdout)

    def test_a_table_with_a_cycle_is_refused(self):
        table = self.root / "src" / "rooms.txt"
        table.write_text(table.read_text().replace("room base\n", "room base math\n"))
        result = self.run_program()
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("rooms.txt:", result.stderr)
        self.assertIn("math", result.stderr)

    def test_takes_no_arguments(self):
        self.assertEqual(self.run_program("--fix").returncode, 2)


if __name__ == "__main__":
    unittest.main()
