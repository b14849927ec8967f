#!/usr/bin/env bash
# Installs the contract of a build into a folder of its own, then builds and runs a program of another
# team against it. usage: tests/install/run.sh BUILD COMPILER
set -euo pipefail
build=$1 compiler=$2
here=$(cd "$(dirname "$0")" && pwd)
work="$build/install-test"
rm -rf "$work"
mkdir -p "$work"

cmake --install "$build" --component contract --prefix "$work/prefix" >"$work/install.log"
cmake -G Ninja -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="${ASSAY_CXX_FLAGS:-}" >"$work/configure.log"
cmake --build "$work/consumer"
"$work/consumer/consumer"

# The example of clients/examples is built the same way, outside of this tree.
cmake -G Ninja -S "$here/../../clients/examples/cpp" -B "$work/example" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="${ASSAY_CXX_FLAGS:-}" >>"$work/configure.log"
cmake --build "$work/example"
test -x "$work/example/assay-example-watch"

# A path of the build in what is installed works here and nowhere else.
if grep -rlF "$build/proto" "$work/prefix/lib" --include='*.cmake'; then
  echo "install test: got a path of the build tree in the files above, want none" >&2
  exit 1
fi
test -f "$work/prefix/share/assay/proto/google/rpc/status.proto"

# The programs read the catalogue that is installed with them, not that of the source tree.
cmake --install "$build" --component programs --prefix "$work/programs" >>"$work/install.log"
rm "$work/programs/share/assay/catalogue/cqc-la@2023-04.txtpb"
"$work/programs/bin/assay" framework list --offline >"$work/list.txt"
grep -q 'cqc-saf.*2024-12' "$work/list.txt"
if grep 'cqc-la' "$work/list.txt"; then
  echo "install test: got a version that is not installed, want those of the prefix" >&2
  exit 1
fi
