"""Prints the path of a Chromium for the browser tests; installs one where there is none.

Looked for in this order: $VIGIL_BROWSER, then chromium-headless-shell, chromium, chromium-browser
and google-chrome on the PATH, then a Chromium that Playwright has installed. Each must really run:
on some systems the name belongs to a stub. Otherwise one is installed, with apt-get as root, else
by Playwright. The shell, a Chromium without windows, does the same with a third of the work.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
HOW_TO_MEND = (
    "No Chromium was found for the browser tests: run `.venv/bin/python scripts/find_browser.py`, "
    "or install Chromium or Chrome and set VIGIL_BROWSER to the path of its program."
)
INSTALL_SECONDS = 600


class NoBrowser(RuntimeError):  # noqa: N818
    """There is none. The text says how to mend that."""


def find() -> str:
    """The path of a Chromium that is here already. Raises NoBrowser."""
    chosen = os.environ.get("VIGIL_BROWSER")
    if chosen:
        path = shutil.which(chosen)
        if path is not None and _runs(path):
            return path
        raise NoBrowser(f"VIGIL_BROWSER is {chosen}, which does not run: correct it or unset it.")
    for path in filter(None, map(shutil.which, NAMES)):
        if _runs(path):
            return path
    for path in _of_playwright():
        if _runs(path):
            return path
    raise NoBrowser(HOW_TO_MEND)


def find_or_install() -> str:
    """The path of a Chromium, installed first if need be. Raises NoBrowser."""
    try:
        return find()
    except NoBrowser:
        if os.environ.get("VIGIL_BROWSER"):
            raise  # whoever names a browser does not want another one
    for install in (_with_apt, _with_playwright):
        if install():
            try:
                return find()
            except NoBrowser:
                continue
    raise NoBrowser(HOW_TO_MEND)


def _runs(path: str) -> bool:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _of_playwright() -> list[str]:
    """Where Playwright keeps its own, if it has any: the shell first.

    It is asked in a process of its own.
    """
    question = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    done = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return []
    whole = Path(done.stdout.strip())
    shells = sorted(whole.parents[2].glob("chromium_headless_shell-*/*/*headless*shell"))
    return [str(path) for path in (*shells, whole) if path.is_file()]


def _with_apt() -> bool:
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not is_root or shutil.which("apt-get") is None:
        return False
    return _done(["apt-get", "update"]) and any(
        _done(["apt-get", "install", "-y", "--no-install-recommends", package])
        for package in ("chromium-headless-shell", "chromium")
    )


def _with_playwright() -> bool:
    return _done([sys.executable, "-m", "playwright", "install", "chromium"])


def _done(command: list[str]) -> bool:
    """Run quietly; what it said is shown only when it failed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{' '.join(command)}: {error}", file=sys.stderr)
        return False
    if done.returncode:
        print(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}", file=sys.stderr)
    return done.returncode == 0


def main() -> None:
    """Print the path, or say how to mend it and exit with 1."""
    try:
        print(find_or_install())
    except NoBrowser as problem:
        raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    main()
