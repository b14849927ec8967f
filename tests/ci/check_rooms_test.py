"""Gives .ci/check-rooms small trees, each with one broken rule, and one that keeps them all."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / ".ci" / "check-rooms"

# Each: file, its text, and a part of the message that is wanted (None: no rule is broken).
CASES = [
    ("services/scoring/core/a.cc", '#include "absl/status/status.h"', None),
    ("services/scoring/core/a.cc", "#include <vector>", None),
    ("services/scoring/core/a.cc", '#include "assay/type/v1/outcome.pb.h"', None),
    ("services/scoring/core/a.cc", '#include "services/scoring/core/b.h"', None),
    ("services/scoring/core/a.cc", '#include "services/common/model/rate.h"', None),
    ("services/scoring/core/a.cc", '#include "assay/scoring/v1/rating.grpc.pb.h"', "not service stubs"),
    ("services/scoring/core/a.cc", "#include <grpcpp/grpcpp.h>", "does no I/O"),
    ("services/scoring/core/a.cc", "#include <hiredis/hiredis.h>", "does no I/O"),
    ("services/scoring/core/a.cc", "#include <sqlite3.h>", "does no I/O"),
    ("services/scoring/core/a.cc", "  #  include <spdlog/spdlog.h>", "does no I/O"),
    ("services/scoring/core/a.cc", '#include "services/common/server/runner.h"', "a pure room uses"),
    ("services/scoring/core/a.cc", '#include "services/scoring/cache/c.h"', "nothing but its own folder"),
    ("services/scoring/core/a.cc", '#include "b.h"', "from the root of the repository"),
    ("services/scoring/core/a.cc", '#include "services/evidence/core/b.h"', "never include each other"),
    ("services/common/model/a.h", '#include "services/common/clock/clock.h"', None),
    ("services/common/model/a.h", "#include <libpq-fe.h>", "does no I/O"),
    ("services/common/model/a.h", '#include "services/scoring/core/b.h"', "includes none of them"),
    ("services/common/server/a.cc", '#include "services/evidence/core/b.h"', "includes none of them"),
    ("services/common/server/a.cc", "grpc::ServerBuilder builder;", None),
    ("services/evidence/api/a.cc", "// grpc::ServerBuilder is the runner's", None),
    ("services/evidence/api/a.cc", "grpc::ServerBuilder builder;", "only services/common/server"),
    ("services/evidence/api/a.cc", "#include <grpcpp/grpcpp.h>", None),
    ("services/evidence/api/a.cc", '#include "services/framework/core/b.h"', "never include each other"),
    ("clients/verify/a.cc", '#include "services/common/digest/digest.h"', None),
    ("clients/verify/a.cc", '#include "services/common/model/rate.h"', "no other code"),
    ("clients/verify/a.cc", '#include "assay/type/v1/outcome.pb.h"', None),
    ("clients/cli/a.cc", '#include "services/common/model/rate.h"', None),
]


def run(root):
    return subprocess.run([sys.executable, str(SCRIPT), str(root)], capture_output=True, text=True, check=False)


class CheckRoomsTest(unittest.TestCase):
    def test_cases(self):
        for file, text, want in CASES:
            with self.subTest(file=file, text=text), tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                (root / "services").mkdir()
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_text(f"// first line\n{text}\n", encoding="utf-8")
                got = run(root)
                self.assertEqual(got.returncode, 1 if want else 0, got.stdout + got.stderr)
                if want:
                    self.assertIn(want, got.stdout)
                    self.assertIn(f"{file}:2:", got.stdout)

    def test_all_broken_rules_are_told_at_once(self):
        with tempfile.TemporaryDirectory() as folder:
            core = pathlib.Path(folder) / "services" / "scoring" / "core"
            core.mkdir(parents=True)
            (core / "a.cc").write_text("#include <sqlite3.h>\n#include <uv.h>\n", encoding="utf-8")
            self.assertIn("1 files, 2 broken rules", run(folder).stdout)

    def test_a_folder_without_services_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            got = run(folder)
            self.assertEqual(got.returncode, 2)
            self.assertIn("want a folder with services/", got.stderr)


if __name__ == "__main__":
    unittest.main()
