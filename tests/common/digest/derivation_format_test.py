#!/usr/bin/env python3
"""Holds docs/derivation-format.md to its own vectors, and those to the tests of the encoder itself.

usage: tests/common/digest/derivation_format_test.py ROOT

Shares no code with the services: messages become bytes by protoc, digests by hashlib. That C++ gives
the same bytes is for canonical_test, leaf_test, derive_test and shipped_test to say, so what they
state as literals must be what the page states.
"""

import hashlib
import pathlib
import re
import subprocess
import sys

# Fields of FrameworkVersion that the model digest covers.
OF_THE_MODEL = {1, *range(7, 13)}


def protoc(folder, way, kind, data):
    package, _, _ = kind.rpartition(".")
    files = [path for path in sorted(folder.rglob("*.proto"))
             if re.search(rf"^package {re.escape(package)};$", path.read_text("utf-8"), re.M)]
    done = subprocess.run(["protoc", f"--proto_path={folder}", f"--{way}={kind}", *map(str, files)],
                          input=data, stdout=subprocess.PIPE, check=True)
    return done.stdout


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def model_part(data):
    """The fields that the model digest covers; each is a varint or has a length."""
    part, at = b"", 0
    while at < len(data):
        begin = at
        tag, at = varint(data, at)
        value, at = varint(data, at)
        at += value if tag & 7 else 0
        part += data[begin:at] if tag >> 3 in OF_THE_MODEL else b""
    return part


def tagged(tag, data):
    return hashlib.sha256(tag.encode() + b"\0" + data).hexdigest()


def blocks(page, kind):
    found = re.findall(rf"^```{kind}\n(.*?)^```$", page, re.M | re.S)
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in found]


class Page:
    def __init__(self, root):
        self.root = root
        self.text = (root / "docs/derivation-format.md").read_text("utf-8")
        self.faults, self.checked = [], 0

    def same(self, what, got, want):
        self.checked += 1
        if got != want:
            self.faults.append(f"{what}: got {got}, want {want}")

    def states(self, test, literal):
        """The literal is one that a test of the C++ states."""
        self.checked += 1
        if f'"{literal}"' not in (self.root / test).read_text("utf-8"):
            self.faults.append(f"{literal}: not in {test}")

    def table(self):
        folder = self.root / "tests/common/digest"
        rows = re.findall(r"^\| `(\w+)` \| `(.*)` \| `([0-9a-f]*)` \|$", self.text, re.M)
        for kind, text, hexed in rows:
            kind = f"assay.digest.testing.{kind}"
            self.states("tests/common/digest/canonical_test.cc", hexed)
            # Not protoc's bytes: it does not pack what the .proto says not to.
            meant = protoc(folder, "encode", kind, text.encode())
            back = protoc(folder, "decode", kind, bytes.fromhex(hexed))
            self.same(text, protoc(folder, "encode", kind, back), meant)

    def vectors(self):
        for one in blocks(self.text, "vector"):
            data = protoc(self.root / "proto", "encode", one["type"], one["text"].encode())
            self.same(f"bytes of the {one['type']}", one["bytes"], data.hex())
            tag, _, zero = one["after"].rpartition(" ")
            got = hashlib.sha256(tag.encode() + bytes.fromhex(zero) + data).hexdigest()
            self.same(f"digest of the {one['type']}", one["sha256"], got)

    def versions(self):
        for one in blocks(self.text, "version"):
            text = (self.root / one["file"]).read_bytes()
            data = protoc(self.root / "proto", "encode", "assay.framework.v1.FrameworkVersion", text)
            self.same("size", one["size"], str(len(data)))
            self.same("digest", one["digest"], tagged("assay.version.v1", data))
            self.same("model_digest", one["model_digest"],
                      tagged("assay.model.v1", model_part(data)))
            self.states("tests/framework/catalogue/shipped_test.cc", one["model_digest"])


def main(root):
    page = Page(root)
    page.table()
    page.vectors()
    page.versions()
    if page.checked < 40:
        page.faults.append(f"{page.checked} checks, want 40 or more: was the page's form changed?")
    for fault in page.faults:
        print(f"derivation_format_test: {fault}", file=sys.stderr)
    return 1 if page.faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
