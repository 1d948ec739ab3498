#!/bin/sh
# Build .venv from the locks, unless the one that is there is whole and current.
#
# It is built under a temporary name and renamed when whole, so that a half-made one is never taken
# for done. The stamp in it is a hash of the interpreter and of everything that it was made from.
set -eu
unset PYTHONHOME PYTHONPATH
cd "$(dirname "$0")/.."
root=$(pwd -P)

# The newest minor version that every locked package has wheels for. A newer Python is taken only
# where there is no other.
newest_locked=14
locks="requirements/dev.txt requirements/photographs.txt"

say() { printf '%s\n' "$*" >&2; }

# The interpreter itself answers, as a shim on PATH may stand for a version that is not installed.
# Of one minor version the system's own is taken: distributions optimise theirs, and what was
# compiled on the spot seldom is (pyenv's is not), which costs a tenth of all times.
probe='
import sys
from importlib.util import find_spec
minor, micro = sys.version_info[1:3]
fits = sys.version_info[:2] >= (3, 11) and sys.version_info.releaselevel == "final"
if fits and sys.implementation.name == "cpython":
    known = minor <= int(sys.argv[1])
    # Where it can make an environment: on Debian that is a package of its own.
    system = sys.base_prefix == "/usr" and any(map(find_spec, ("ensurepip", "pip")))
    rank = known * 1000000 + minor * 1000 + system * 500 + micro
    print(rank, getattr(sys, "_base_executable", sys.executable))
'

pick_python() {
    python=
    best=0
    ifs=$IFS
    IFS=:
    for folder in $PATH; do
        for file in "$folder"/python3.1[1-9] "$folder"/python3.[2-9][0-9] "$folder"/python3 \
            "$folder"/python; do
            [ -x "$file" ] || continue
            answer=$("$file" -c "$probe" "$newest_locked" 2>/dev/null </dev/null) || continue
            [ -n "$answer" ] && [ "${answer%% *}" -gt "$best" ] || continue
            best=${answer%% *}
            python=${answer#* }
        done
    done
    IFS=$ifs
    [ -n "$python" ] && return
    say "Remix Bot needs Python 3.11 or later on PATH, and none of those found there runs."
    exit 1
}

stamp_of() {
    "$1" -c '
import hashlib, pathlib, sys
made_from = [pathlib.Path(name).read_bytes() for name in sys.argv[2:]]
print(hashlib.sha256(repr((sys.version, sys.argv[1], made_from)).encode()).hexdigest())
' "$root" $locks pyproject.toml scripts/setup.sh
}

is_current() {
    [ -f .venv/stamp ] && [ "$(stamp_of .venv/bin/python 2>/dev/null)" = "$(cat .venv/stamp)" ]
}

# Each of these makes $new, and says in $pip_of whose pip installs into it.
with_own_pip() {
    rm -rf "$new"
    "$python" -m venv --prompt remix-bot "$new" >/dev/null 2>&1 || return 1
    "$new/bin/python" -m pip --version >/dev/null 2>&1 || return 1
    pip_of=own
}

# Debian takes ensurepip out of Python, and with it the pip that venv would put in.
with_outer_pip() {
    rm -rf "$new"
    "$python" -m pip --version >/dev/null 2>&1 || return 1
    "$python" -m venv --prompt remix-bot --without-pip "$new" >/dev/null 2>&1 || return 1
    "$python" -m pip --python "$new/bin/python" --version >/dev/null 2>&1 || return 1
    pip_of=outer
}

with_apt() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    minor=$("$python" -c 'import sys; print(sys.version_info[1])')
    say "Installing python3-venv, which this Python lacks ..."
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    apt-get update -qq >/dev/null 2>&1 || true
    for package in python3-venv "python3.$minor-venv"; do
        apt-get install -qq --yes --no-install-recommends "$package" >/dev/null 2>&1 || continue
        with_own_pip && return
    done
    return 1
}

pip() {
    case $pip_of in
    own) "$new/bin/python" -m pip --disable-pip-version-check --no-input "$@" ;;
    outer) "$python" -m pip --disable-pip-version-check --no-input --python "$new/bin/python" "$@" ;;
    esac
}

# Modules are compiled when they are first imported: most of what is installed never is.
install() { pip install --quiet --no-deps --no-compile "$@" >>"$new/pip.log" 2>&1; }

# The locks name uv, which installs the rest in a fifth of pip's time. It does not read pip's
# settings, so it is not asked where these say that packages come from elsewhere. Its own may say
# that packages go elsewhere.
with_uv() {
    case $(pip config list 2>/dev/null) in
    *.index-url=* | *.no-index=* | *.proxy=*) return 1 ;;
    esac
    sed -n '/^uv==/,/[^\\]$/p' requirements/dev.txt >"$new/uv.txt"
    install --require-hashes --only-binary=:all: -r "$new/uv.txt" || return 1
    "$new/bin/python" -m uv --no-config pip install --quiet --python "$new/bin/python" --no-deps \
        --require-hashes --only-binary=:all: $from_locks >>"$new/pip.log" 2>&1
}

install_everything() {
    from_locks=
    for lock in $locks; do from_locks="$from_locks -r $lock"; done
    with_uv || install --require-hashes --only-binary=:all: $from_locks || return 1
    install --no-build-isolation -e .
}

# What names its own folder inside an environment: the first lines of scripts, and activate.
rename_inside() {
    "$new/bin/python" -c '
import pathlib, sys
old, new = (name.encode() for name in sys.argv[1:])
for path in [*pathlib.Path(sys.argv[1], "bin").iterdir(), pathlib.Path(sys.argv[1], "pyvenv.cfg")]:
    if not path.is_symlink() and path.is_file():
        content = path.read_bytes()
        if old in content and b"\0" not in content:
            path.write_bytes(content.replace(old, new))
' "$new" "$root/.venv"
}

sweep() {
    for left in .venv.new-* .venv.old-*; do
        [ -e "$left" ] || continue
        kill -0 "${left##*-}" 2>/dev/null || rm -rf "$left"
    done
}

build() {
    pick_python
    say "Setting up .venv with $("$python" --version), once: a download of about 240 MB ..."
    new="$root/.venv.new-$$"
    mkdir "$new"
    trap 'rm -rf "$new"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    if ! with_own_pip && ! with_outer_pip && ! with_apt; then
        say "$("$python" --version) cannot make an environment. On Debian or Ubuntu, this mends it:"
        say "    sudo apt-get install --yes python3-venv"
        exit 1
    fi
    if ! install_everything; then
        tail -n 20 "$new/pip.log" >&2
        [ "$best" -gt 1000000 ] ||
            say "Not every package has a wheel for this Python yet: install 3.$newest_locked."
        say "The environment was not built; the reason stands above."
        exit 1
    fi
    rename_inside
    stamp_of "$new/bin/python" >"$new/stamp"
    if [ -e .venv ]; then mv .venv ".venv.old-$$"; fi
    mv "$new" .venv
    rm -rf ".venv.old-$$"
    say "Set up."
}

sweep
is_current || build
