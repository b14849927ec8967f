#!/usr/bin/env python3
"""Keeps README.md true: its table against the contract, its commands by running them.

usage: tests/integration/readme_test.py ROOT BIN [PORT_BASE]

Every fenced `sh` block but the first (the two commands themselves, which demo_test and this very run
are) is run as a script against a demo; a command that fails, fails the test.
"""

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


def script_of_readme(text):
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    if len(blocks) < 3:
        sys.exit(f"readme_test: got {len(blocks)} sh blocks in README.md, want the commands and the tour")
    return "set -euo pipefail\n" + "\n".join(blocks[1:])


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
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "tour.sh"
        script.write_text(script_of_readme(text), encoding="utf-8")
        ran = subprocess.run(
            [root / "deploy/demo", "--bin", programs, "--dir", f"{folder}/demo", "--port-base", str(free_base()),
             "--quiet", "--exec", "bash", "-x", script], cwd=root, check=False)
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]))
