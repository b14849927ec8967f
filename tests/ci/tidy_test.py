"""Gives .ci/tidy small trees: what it finds, what it remembers, and what makes it look again."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = "Checks: '-*,readability-container-size-empty'\nWarningsAsErrors: '*'\nHeaderFilterRegex: '/services/'\n"
HEADER = "#pragma once\nstruct Box {\n  unsigned size() const { return 0; }\n  bool empty() const { return true; }\n};\n"
CLEAN = '#include "services/box.h"\nnamespace {\nint Used() { return 0; }\n}\nint {name}() { return Used(); }\n'
BAD = '#include "services/box.h"\nbool {name}(const Box& box) { return box.size() == 0; }\n'


def write(root, name, text):
    place = root / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    # Older than any run: what changes while a run looks at it is not remembered.
    os.utime(place, (time.time() - 60, time.time() - 60))


def make_tree(root, sources):
    """A checkout with these sources: name -> text, in which {name} is the file's stem."""
    (root / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "tidy", root / ".ci" / "tidy")
    write(root, ".clang-tidy", CHECKS)
    write(root, "services/box.h", HEADER)
    entries = []
    for name, text in sources.items():
        file = root / "services" / f"{name}.cc"
        write(root, f"services/{name}.cc", text.replace("{name}", name))
        entries.append({"directory": str(root / "build/release"), "file": str(file),
                        "command": f"g++ -I{root} -std=c++20 -o {name}.o -c {file}"})
    write(root, "build/release/compile_commands.json", json.dumps(entries))


@unittest.skipUnless(shutil.which("clang-tidy") and shutil.which("clang++"), "clang-tidy or clang++ is missing")
class TidyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.root = self.folder / "one"

    def run_tidy(self, *arguments, root=None):
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        return subprocess.run([str((root or self.root) / ".ci" / "tidy"), "--all", *arguments],
                              capture_output=True, text=True, check=False, env=environment)

    def assert_known(self, known, of, code=0, **keywords):
        got = self.run_tidy(**keywords)
        self.assertEqual(got.returncode, code, got.stdout + got.stderr)
        self.assertIn(f"{of} files, {known} known to be clean", got.stdout)
        return got

    def test_what_is_clean_is_looked_at_once(self):
        # Used is in both: they cannot share a translation unit.
        make_tree(self.root, {"a": CLEAN, "b": CLEAN})
        self.assert_known(0, of=2)
        got = self.assert_known(2, of=2)
        self.assertNotIn("services/a.cc", got.stdout)
        got = self.run_tidy("--no-cache")
        self.assertIn("2 files, 0 known to be clean", got.stdout)

    def test_what_could_change_the_answer_makes_it_look_again(self):
        make_tree(self.root, {"a": CLEAN, "b": "int {name}() { return 0; }\n"})
        self.assert_known(0, of=2)
        write(self.root, "services/box.h", HEADER + "// more\n")
        self.assert_known(1, of=2)
        write(self.root, "services/b.cc", "int b() { return 1; }\n")
        self.assert_known(1, of=2)
        self.assert_known(2, of=2)
        write(self.root, ".clang-tidy", CHECKS + "FormatStyle: none\n")
        self.assert_known(0, of=2)
        # As it was before: also that state is known.
        write(self.root, ".clang-tidy", CHECKS)
        self.assert_known(2, of=2)

    def test_another_checkout_knows_it_too(self):
        make_tree(self.root, {"a": CLEAN})
        self.assert_known(0, of=1)
        other = self.folder / "two" / "deep"
        make_tree(other, {"a": CLEAN})
        self.assert_known(1, of=1, root=other)

    def test_warnings_are_told_each_time_and_only_of_who_has_them(self):
        make_tree(self.root, {"a": CLEAN, "bad": BAD, "c": "int {name}() { return 0; }\n"})
        for known in (0, 2):
            got = self.assert_known(known, of=3, code=1)
            self.assertIn("services/bad.cc:2:", got.stdout)
            self.assertIn("readability-container-size-empty", got.stdout)
            self.assertIn("3 files, 1 with warnings, 0 not reached", got.stdout)

    def test_sources_that_do_not_compile_together_are_taken_apart(self):
        # Not at the left margin, so that only the compiler sees that both declare it.
        clash = "namespace paint {\n  enum Colour { kRed };\n}\nint {name}() { return paint::kRed; }\n"
        make_tree(self.root, {"a": "int {name}() { return 0; }\n", "b": clash, "c": clash, "d": BAD})
        got = self.run_tidy()
        self.assertIn("4 files, 1 with warnings, 0 not reached", got.stdout)
        self.assertNotIn("redefinition", got.stdout)
        self.assert_known(3, of=4, code=1)

    def test_what_does_not_compile_is_told(self):
        make_tree(self.root, {"a": CLEAN, "broken": "int {name}() { return Nothing; }\n"})
        got = self.run_tidy()
        self.assertEqual(got.returncode, 1)
        self.assertIn("use of undeclared identifier 'Nothing'", got.stdout)
        self.assertIn("2 files, 1 with warnings, 0 not reached", got.stdout)

    def test_the_cache_is_bounded_by_what_was_used_last(self):
        loader = importlib.machinery.SourceFileLoader("tidy", str(ROOT / ".ci" / "tidy"))
        tidy = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", loader))
        loader.exec_module(tidy)
        cache = self.folder / "cache"
        for number in range(10):
            write(cache, f"00/{number}", "")
            os.utime(cache / "00" / str(number), (number, number))
        tidy.CACHE_BYTES = 4 * 4096
        tidy.CleanFiles(cache).trim()
        self.assertEqual(sorted(place.name for place in (cache / "00").iterdir()), ["6", "7", "8", "9"])


if __name__ == "__main__":
    unittest.main()
