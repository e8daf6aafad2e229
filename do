#!/usr/bin/env bash
# The project's verbs; `./do help` lists them. Needs bash, and on Debian 12 nothing else: setup installs the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

help_text='Usage: ./do VERB [ARGUMENTS]

  setup               install and fetch what a build needs (does nothing when it is all there)
  configure [PRESET]  set up and run CMake; presets: dev (the default), release, asan, tsan, fuzz
  build [PRESET]      build the web pages and everything of one preset into build/PRESET
  run [ARGUMENTS]     build dev and run build/dev/boathouse ARGUMENTS
  demo [ARGUMENTS]    build release and start the demo on port 8080, data in build/demo
  test                everything: format, laws, units, real clients, browser; ends with "N passed, N failed"
  test CTEST-ARGS     only the unit tests, given to ctest: ./do test -R crm
  fmt                 format C++, Python, CMake and the web sources
  lint                check formats, the laws of the tree (tools/tidy.py), Python and web lint
  asan | tsan [CTEST-ARGS]   unit tests under the sanitizers (clang 19)
  fuzz [SECONDS]      run each fuzz target for that long (60)
  bench [NAME...]     run the programs in bench/; options go to its scripts: ./do bench crm --rows=20000
  engines [PYTEST-ARGS]   Spark, Trino, ClickHouse, Daft, Polars and the Go reader against the built program (fetches 2 GB once;
                      wants Maven, Java 17, and for Trino and the Go reader Java 25 and Go)
  scn [PATH...]       run scenario files (all of tests/scenarios) against the built program
'

die() {
  printf './do: %s\n' "$1" >&2
  exit 1
}

# The Debian packages of the given lists that are not installed.
missing_packages() {
  comm -23 \
    <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u) \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u) |
    tr '\n' ' '
}

install_packages() {
  [[ $(uname -sm) == 'Linux x86_64' ]] || die "Boathouse builds on Linux x86_64 only; this is $(uname -sm)"
  if [[ ! -x /usr/bin/apt-get || ! -x /usr/bin/dpkg-query ]]; then
    die 'this is not Debian 12 (no apt-get): run it there, or in a container of it'
  fi
  local missing root=()
  missing=$(missing_packages "$@")
  [[ -n $missing ]] || return 0
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || die "no root and no sudo here; have these installed: $missing"
    root=(sudo)
  fi
  printf 'installing Debian packages: %s\n' "$missing"
  mkdir -p build
  # One unreachable source must not stop what the others have, so only the installation decides.
  "${root[@]}" apt-get update -qq </dev/null >build/apt.log 2>&1 || true
  # Word splitting is meant: one argument per package.
  # shellcheck disable=SC2086
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $missing </dev/null >>build/apt.log 2>&1 ||
    die 'apt-get could not install them (is the network there?); build/apt.log has its words'
}

# fetch GROUP...: the pinned dependencies that no Debian package has.
fetch() { python3 tools/fetch_dependencies.py "$@"; }

setup() {
  install_packages third_party/apt.txt
  fetch cpp extensions
}

configure() {
  local preset=$1
  [[ -n $preset && -f CMakePresets.json ]] || die 'no preset named'
  case $preset in asan | tsan | fuzz) install_packages third_party/apt-sanitize.txt ;; esac
  mkdir -p "build/$preset"
  cmake --preset "$preset" >"build/$preset/configure.log" 2>&1 || {
    cat "build/$preset/configure.log" >&2
    die "CMake could not configure the preset $preset"
  }
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  setup
  if [[ -f web/package.json ]]; then python3 tools/web.py build; fi
  if [[ ! -f build/$preset/build.ninja ]]; then configure "$preset"; fi
  python3 tools/build.py "build/$preset" "$@"
}

verb_help() { printf '%s' "$help_text"; }
verb_setup() { setup; }

verb_configure() {
  setup
  configure "${1:-dev}"
}

verb_build() { build "${1:-dev}"; }

verb_run() {
  build dev boathouse
  exec build/dev/boathouse "$@"
}

verb_demo() {
  build release boathouse
  exec build/release/boathouse demo --data build/demo --port 8080 "$@"
}

verb_test() {
  if [[ $# -gt 0 ]]; then
    build dev
    ctest --test-dir build/dev --output-on-failure -j "$(nproc)" "$@"
    return
  fi
  install_packages third_party/apt.txt third_party/apt-test.txt
  fetch cpp style test old-client
  build release
  exec python3 tools/run_tests.py
}

verb_fmt() {
  fetch style
  python3 tools/lint.py --fix
}

verb_lint() {
  fetch style
  python3 tools/lint.py
}

sanitized() {
  local preset=$1
  shift
  build "$preset"
  ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" -L unit "$@"
}

verb_asan() { sanitized asan "$@"; }
verb_tsan() { sanitized tsan "$@"; }

verb_fuzz() {
  build fuzz boathouse_fuzz
  python3 tools/fuzz.py build/fuzz "${1:-60}"
}

verb_bench() {
  install_packages third_party/apt.txt third_party/apt-test.txt
  fetch test
  build release
  python3 tools/bench.py build/release "$@"
}

verb_engines() {
  install_packages third_party/apt.txt third_party/apt-engines.txt
  fetch test engines
  if command -v go >/dev/null; then fetch go-reader; fi
  build release boathouse
  exec build/engines/bin/python -m pytest -q -p no:cacheprovider tests/engines "$@"
}

verb_scn() {
  fetch test
  build release boathouse
  exec build/venv/bin/python tests/scenarios/run.py "$@"
}

verb=${1:-help}
[[ $# -eq 0 ]] || shift
case $verb in -h | --help) verb=help ;; esac
declare -F "verb_$verb" >/dev/null || die "no verb '$verb'; ./do help lists them"
"verb_$verb" "$@"
