"""Installs the clients that this folder's tests drive: each at its pinned version, in a folder of its own.

A folder beside this file that holds a `package.json` or a `requirements.txt` is a client; it is installed in
`.clients/`, which git ignores, and installed anew only when its pins change.
"""

import shutil
import subprocess
import sys
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


def main() -> int:
    """Install what is missing; gives 1 where something could not be installed."""
    failed = 0
    for name in clients():
        if is_installed(name):
            continue
        if pins_of(name).suffix == ".json" and shutil.which("npm") is None:
            print(
                f"{name}: left out, since there is no npm\nnext: install Node.js with npm, then run make clients again"
            )
            continue
        print(f"{name}: installing", flush=True)
        problem = install(name)
        if problem:
            failed = 1
            print(f"{name}: not installed\n{problem[-2000:]}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
