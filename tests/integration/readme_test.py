#!/usr/bin/env python3
"""Keeps README.md true: its table against the contract, its commands by running them, its outputs by comparing.

usage: tests/integration/readme_test.py ROOT BIN

Every fenced `sh` block but the first (the two commands themselves, which demo_test and this very run
are) is run against a demo, all of them as one script; a command that fails, fails the test. A `text`
block after it is what it prints, where a line `...` stands for any number of lines and the day of an
area's summary for any day.
"""

import difflib
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile


def table_of_contract(root):
    """What each service of the contract does and does not yet: name -> (works, unbuilt)."""
    table = {}
    for path in sorted(root.glob("proto/assay/*/v1/*_service.proto")):
        text = path.read_text(encoding="utf-8")
        service = re.search(r"^service (\w+)", text, re.M).group(1)
        works, unbuilt = [], []
        for comment, method in re.findall(r"((?:^  //.*\n)+)  rpc (\w+)", text, re.M):
            (unbuilt if "UNIMPLEMENTED" in comment else works).append(method)
        table[f"{path.parts[-3]}.{service}"] = (works, unbuilt)
    return table


def table_of_readme(text):
    """The same, as README.md says it."""
    rows = re.findall(r"^\| `(\w+\.\w+Service)` \| (.*) \| (.*) \|$", text, re.M)
    return {name: tuple([m.strip() for m in cell.split(",") if m.strip() not in ("", "-")]
                        for cell in cells) for name, *cells in rows}


def tour_of_readme(text):
    """The tour's blocks of commands, each with the output that follows it or None."""
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)
    tour = [(block, fenced[i + 1][1] if fenced[i + 1:] and fenced[i + 1][0] == "text" else None)
            for i, (language, block) in enumerate(fenced) if language == "sh"][1:]
    compared = sum(output is not None for _, output in tour)
    shown = sum(language == "text" for language, _ in fenced)
    if not 0 < compared == shown:
        sys.exit(f"readme_test: got {shown} outputs in README.md, want some, each after its commands ({compared} are)")
    return tour


def masked(output):
    """An output without what another day changes."""
    return re.sub(r"(?m)(^areas/.* on )\d{4}-\d\d-\d\d$", r"\1DAY", output)


def is_shown_by(output, block):
    """Whether a block of README.md shows this output."""
    lines = (r"(?:.*\n)*?" if line == "...\n" else re.escape(line)
             for line in masked(block).splitlines(keepends=True))
    return re.fullmatch("".join(lines), masked(output)) is not None


def free_base():
    while True:
        base = random.randrange(30000, 40000)
        try:
            for offset in (1, 2, 3, 11, 12, 13):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue


def main(root, programs):
    text = (root / "README.md").read_text(encoding="utf-8")
    said, true = table_of_readme(text), table_of_contract(root)
    if said != true:
        for name in sorted(set(said) | set(true)):
            if said.get(name) != true.get(name):
                print(f"README.md: {name}: got {said.get(name)}, want {true.get(name)}", file=sys.stderr)
        return 1
    for command in re.findall(r"^(deploy/\w+|tests/\w+)", text, re.M):
        if subprocess.run([root / command, "--help"], stdout=subprocess.DEVNULL, check=False).returncode:
            print(f"README.md: {command} --help fails", file=sys.stderr)
            return 1
    return run_tour(root, programs, tour_of_readme(text))


def run_tour(root, programs, tour):
    """Runs the tour against a demo and compares what it prints; the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        script = folder / "tour.sh"
        script.write_text("set -euo pipefail\n" + "".join(
            f"{{\n{block}}} >{folder}/{i}.out\n" for i, (block, _) in enumerate(tour)), encoding="utf-8")
        code = subprocess.run(
            [root / "deploy/demo", "--bin", programs, "--dir", folder / "demo", "--port-base", str(free_base()),
             "--quiet", "--exec", "bash", "-x", script], cwd=root, check=False).returncode
        for i, (block, output) in enumerate(tour if code == 0 else []):
            got = (folder / f"{i}.out").read_text(encoding="utf-8")
            if output is not None and not is_shown_by(got, output):
                print(f"README.md: the output of\n{block}is another by now:", file=sys.stderr)
                sys.stderr.writelines(difflib.unified_diff(
                    masked(output).splitlines(keepends=True), masked(got).splitlines(keepends=True),
                    "README.md", "printed"))
                code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]))
