#!/usr/bin/env bash
# The project's verbs: ./do help lists them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec 3>&1

die() { printf './do: %s\n' "$1" >&2; exit 1; }

# The Debian packages of the given lists that are not installed.
missing_packages() {
  local wanted have
  wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u)
  have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u)
  comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$have")
}

install_packages() {
  local missing root=()
  [[ $(uname -sm) == "Linux x86_64" ]] || die "Boathouse builds on Linux x86_64 only; this is $(uname -sm)"
  command -v apt-get >/dev/null ||
    die "no apt-get here: install what third_party/apt*.txt lists (Debian 12 names) and put it on PATH"
  missing=$(missing_packages "$@")
  [[ -n $missing ]] || return 0
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || die "not root and no sudo; have installed: $(echo $missing)"
    root=(sudo)
  fi
  printf 'installing %s\n' "$(echo $missing)"
  "${root[@]}" apt-get update -qq || die "apt-get update failed (is the network there?)"
  # shellcheck disable=SC2086
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
    </dev/null >build/apt.log 2>&1 || die "apt-get could not install them; build/apt.log says why"
}

verb_setup() {
  mkdir -p build
  install_packages third_party/apt.txt
  python3 tools/fetch_dependencies.py cpp
}

verb_configure() {
  local preset=${1:-dev}
  verb_setup
  cmake --preset "$preset" >build/configure.log 2>&1 || { cat build/configure.log >&2; exit 1; }
}

verb_build() {
  local preset=${1:-dev}
  [[ -f build/$preset/build.ninja ]] || verb_configure "$preset"
  ninja -C "build/$preset"
}

verb=${1:-help}
[[ $# -gt 0 ]] && shift
declare -F "verb_$verb" >/dev/null || die "no verb $verb"
"verb_$verb" "$@"
