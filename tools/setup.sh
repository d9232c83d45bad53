#!/bin/bash
# Installs what building and testing picket needs, with apt, on Debian 12 and Ubuntu 24.04.
# Does nothing when everything is there.
#
#   tools/setup.sh            compiler, libraries, test tools
#   tools/setup.sh --checks   also clang, clang-format, sanitizer runtimes, Google Benchmark
set -euo pipefail

packages=(
  cmake ninja-build g++ pkg-config ccache
  libcurl4-openssl-dev libsimdjson-dev libssl-dev libfmt-dev zlib1g-dev libzstd-dev libdw-dev
  doctest-dev libgtest-dev libcpp-httplib-dev libcli11-dev libsqlite3-dev
  binutils xz-utils openssl python3 python3-jsonschema
  nginx tinyproxy-bin microsocks
)
case "${1:-}" in
  "") ;;
  --checks) packages+=(clang-14 clang-format-14 libclang-rt-14-dev libbenchmark-dev) ;;
  *)
    echo "usage: tools/setup.sh [--checks]" >&2
    exit 2
    ;;
esac

fail() {
  echo "setup: $1" >&2
  echo "setup: picket needs these packages: ${packages[*]}" >&2
  exit 1
}

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

{ command -v apt-get && command -v dpkg-query; } >/dev/null ||
  fail "this is not Debian or Ubuntu; install the counterparts of the packages below by hand"

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then exit 0; fi

as_root=()
if [[ "$(id -u)" -ne 0 ]]; then
  command -v sudo >/dev/null || fail "installing needs root or sudo; missing: ${missing[*]}"
  as_root=(sudo)
fi
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# A fresh machine has no package lists; an old one may name versions that are gone.
is_known() { [[ -n "$(apt-cache madison "$1" 2>/dev/null)" ]]; }
is_known cmake || apt update || fail "apt-get update failed"

# The checks are tuned to clang 14; where it is gone they go without it.
wanted=()
for package in "${missing[@]}"; do
  if [[ "$package" == *clang* ]] && ! is_known "$package"; then
    echo "setup: $package does not exist here, the checks that need it are left out"
  else
    wanted+=("$package")
  fi
done
if [[ ${#wanted[@]} -eq 0 ]]; then exit 0; fi

# nginx is here for tests, which start one of their own: no service of that name is to run.
policy=/usr/sbin/policy-rc.d
keep_services_down() {
  [[ " ${wanted[*]} " == *" nginx "* && ! -e "$policy" ]] || return 0
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
}
disable_services() {
  [[ " ${wanted[*]} " == *" nginx "* ]] && command -v systemctl >/dev/null || return 0
  "${as_root[@]}" systemctl disable --quiet nginx 2>/dev/null || true
}

keep_services_down
echo "setup: installing ${wanted[*]}"
install() { apt install --yes --no-install-recommends "${wanted[@]}" >/dev/null; }
install || { apt update && install; } || fail "apt-get could not install ${wanted[*]}"
disable_services
