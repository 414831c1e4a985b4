"""Installs the clients that this folder's tests drive: each at its pinned version, in a folder of its own.

A folder beside this file that holds a `package.json` or a `requirements.txt` is a client; it is installed in
`.clients/`, which git ignores, and installed anew only when its pins change. Names choose among the clients that have
tests, `test_NAME.py` and `test_NAME_*.py`, which say with `needing(...)` what they need installed; with `--tests` their
paths are printed and nothing is installed.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIENTS = HERE.parents[1] / ".clients"
STAMP = "installed"  # holds the pins of what was installed whole


def pins_of(name: str) -> Path:
    """Give the file with a client's pinned versions."""
    wanted = HERE / name / "package.json"
    return wanted if wanted.is_file() else HERE / name / "requirements.txt"


def clients() -> list[str]:
    """Give the names of all clients."""
    return sorted(one.name for one in HERE.iterdir() if one.is_dir() and pins_of(one.name).is_file())


def modules_of(name: str) -> list[Path]:
    """Give the modules that drive a client, of which none may be there."""
    return sorted({*HERE.glob(f"test_{name}.py"), *HERE.glob(f"test_{name}_*.py")})


def with_tests() -> list[str]:
    """Give the names of the clients that can be chosen: what is installed and driven, and simple-salesforce."""
    return sorted([*(one for one in clients() if modules_of(one)), "simple_salesforce"])


def needed_by(names: Sequence[str]) -> list[str]:
    """Give the clients that have to be installed for the tests of these."""
    found = set()
    for module in (one for name in names for one in modules_of(name)):
        for named in re.findall(r"needing\(([^)]*)\)", module.read_text("utf-8")):
            found.update(re.findall(r'"(\w+)"', named))
    return sorted(found)


def is_installed(name: str) -> bool:
    """Tell whether a client is installed as pinned."""
    stamp = CLIENTS / name / STAMP
    return stamp.is_file() and stamp.read_text("utf-8") == pins_of(name).read_text("utf-8")


def install(name: str) -> str:
    """Install a client; gives what went wrong, or nothing."""
    pins, target = pins_of(name), CLIENTS / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copy(pins, target)
    if pins.suffix == ".json":
        commands = [["npm", "install", "--no-audit", "--no-fund", "--no-update-notifier", "--no-package-lock"]]
    else:
        pip = [str(target / "venv/bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        commands = [[sys.executable, "-m", "venv", "venv"], [*pip, "install", "-r", pins.name]]
    for command in commands:
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr or done.stdout).strip()
    (target / STAMP).write_text(pins.read_text("utf-8"), "utf-8")
    return ""


def missing_after(names: Sequence[str]) -> list[str]:
    """Install what is not there yet; gives the names of what could not be installed, each told why."""
    missing = []
    for name in names:
        if is_installed(name):
            continue
        print(f"{name}: installing", flush=True)
        npm_lacks = pins_of(name).suffix == ".json" and shutil.which("npm") is None
        problem = "there is no npm: install Node.js with npm" if npm_lacks else install(name)
        if problem:
            missing.append(name)
            print(f"{name}: not installed\n{problem[-2000:]}", file=sys.stderr)
    return missing


def main(words: Sequence[str]) -> int:
    """Install what the clients named need, all where none is named.

    Gives the exit code: 1 where something is missing then, 2 for a name that is none.
    """
    named = [one.replace("-", "_") for one in words if one != "--tests"] or with_tests()
    wrong = sorted(set(named) - set(with_tests()))
    if wrong:
        print(f"no such client: {', '.join(wrong)}\nnext: choose from {', '.join(with_tests())}", file=sys.stderr)
        return 2
    if "--tests" in words:
        print(" ".join(str(one) for name in named for one in modules_of(name)))
        return 0
    missing = missing_after(needed_by(named))
    if missing:
        print(f"nothing was run: {', '.join(missing)} could not be installed", file=sys.stderr)
        print('next: mend that, or choose others, as in make clients CLIENTS="simple_salesforce"', file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
