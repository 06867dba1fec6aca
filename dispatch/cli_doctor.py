"""The command `vigil doctor`: looks at everything around the program and says how to mend it."""

import json
import sys
from typing import Annotated

import typer

from dispatch.cli_work import AsJson, fail

SIGNS = {"wrong": "✗", "doubtful": "!", "right": "✓"}
PLAIN_SIGNS = {"wrong": "X", "doubtful": "!", "right": "ok"}
"""For terminals that can't show the others."""


def doctor(
    as_json: AsJson = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on what is doubtful too, not only on wrong.")
    ] = False,
) -> None:
    """Check settings, database, clock, public address, Twilio, lines, fallback, phones, coverage.

    One line for each finding: what is so, and how to mend it. Changes nothing. Fails when something
    is wrong.
    """
    from dispatch.doctor.findings import Verdict
    from dispatch.doctor.visit import visit

    found = []
    for finding in visit():
        found.append(finding)
        if not as_json:
            sign = _signs()[finding.verdict]
            cure = f" Mend: {finding.cure}" if finding.cure else ""
            typer.echo(_shown(f"{sign:<2} {finding.about}: {finding.text}{cure}"))
    bad = sum(one.verdict is Verdict.WRONG for one in found)
    doubts = sum(one.verdict is Verdict.DOUBTFUL for one in found)
    if as_json:
        findings = [
            {"verdict": one.verdict, "about": one.about, "text": one.text, "cure": one.cure}
            for one in found
        ]
        typer.echo(json.dumps({"well": not bad, "findings": findings}))
    if bad or (strict and doubts):
        fail(f"{bad} wrong, {doubts} doubtful.")
    if not as_json:
        typer.echo(f"All is well{f', {doubts} doubtful' if doubts else ''}.")


def _signs() -> dict[str, str]:
    try:
        "".join(SIGNS.values()).encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return PLAIN_SIGNS
    return SIGNS


def _shown(line: str) -> str:
    """The line as this terminal can show it."""
    encoding = sys.stdout.encoding or "ascii"
    return line.encode(encoding, "replace").decode(encoding)
