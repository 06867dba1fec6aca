"""`vigil` as somebody types it: a process of its own, with nothing of ours in its settings.

A fresh interpreter needs more than a second of both its life and a core to import the command.
`vigil` spares that: its processes are forked from one that has imported it. `new_process` starts
the interpreter too, as a shell does.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

SECONDS = 60
"""After this a command hangs."""

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["dispatch.cli"])


def vigil(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `vigil` with these settings."""
    with tempfile.TemporaryDirectory(prefix="vigil-typed-") as name:
        folder = Path(name)
        (folder / "in").write_text(given)
        command = _forks.Process(target=_run, args=(arguments, folder, _settings(environment)))
        command.start()
        command.join(SECONDS)
        if command.exitcode is None:
            command.kill()
            raise subprocess.TimeoutExpired(["vigil", *arguments], SECONDS)
        said, complained = ((folder / stream).read_text() for stream in ("out", "err"))
        return subprocess.CompletedProcess(arguments, command.exitcode, said, complained)


def new_process(
    *arguments: str, given: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m dispatch` with these settings."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "dispatch", *arguments],
        env=_settings(environment),
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    ours = ("VIGIL_", "TWILIO_")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**bare, **environment}


def _run(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    """Be the command: in the child."""
    from dispatch import cli  # here: the tests themselves need not have imported it

    warnings.simplefilter("ignore")
    for number, (stream, mode) in enumerate((("in", "r"), ("out", "w"), ("err", "w"))):
        with (folder / stream).open(mode) as file:
            os.dup2(file.fileno(), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  multiprocessing has closed it
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["vigil", *arguments]
    cli.main()
