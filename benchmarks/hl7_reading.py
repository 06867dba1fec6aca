"""How long it takes to read a hospital's message, and to understand it, beside the `hl7` package.

Run it with ``python benchmarks/hl7_reading.py``. Every sample under ``shared/data/hl7v2`` that both
can read is read many times over, in CPU time of the one thread. ``hl7`` gets decoded text with the
only line end it knows, so it has less to do. The figure is the relation of the two: both are
measured on the same machine in the same minute.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from sys import path
from time import thread_time
from zoneinfo import ZoneInfo

path.insert(0, str(Path(__file__).resolve().parent.parent))

import hl7

from dispatch.hospitals.hl7.adt import understand
from dispatch.hospitals.hl7.envelope import split_batch
from dispatch.hospitals.hl7.er7 import read
from dispatch.hospitals.hl7.senders import SenderRules
from dispatch.hospitals.notice import Unreadable

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "data"
RULES = SenderRules(ZoneInfo("America/Los_Angeles"))
ROUNDS, REPEATED = 5, 40


def microseconds(act: Callable[[], object]) -> float:
    """Return the least time of some rounds, for one time."""
    times = []
    for _ in range(ROUNDS):
        began = thread_time()
        for _ in range(REPEATED):
            act()
        times.append((thread_time() - began) / REPEATED * 1e6)
    return min(times)


def readable() -> list[tuple[bytes, str]]:
    """Return each message that both can read: its bytes, and its text for ``hl7``."""
    found = []
    for file in sorted(SAMPLES.glob("hl7v2*/*/*.hl7")):
        for raw in split_batch(file.read_bytes()).messages:
            try:
                text = "\r".join(read(raw).lines)
                hl7.parse(text)
            except (Unreadable, hl7.HL7Exception):
                continue
            found.append((raw, text))
    return found


def main() -> None:
    """Measure, and print the medians over all messages."""
    messages = readable()
    ours = [microseconds(lambda raw=raw: read(raw)) for raw, _ in messages]
    split = [microseconds(lambda raw=raw: split_batch(raw)) for raw, _ in messages]
    meant = [microseconds(lambda raw=raw: understand(read(raw), RULES)) for raw, _ in messages]
    theirs = [microseconds(lambda text=text: hl7.parse(text)) for _, text in messages]
    sizes = [len(raw) for raw, _ in messages]
    print(f"{len(messages)} messages, {median(sizes):.0f} bytes (median), at most {max(sizes)}")
    for name, times in (
        ("split_batch", split),
        ("read", ours),
        ("read and understand", meant),
        ("hl7.parse", theirs),
    ):
        print(f"{name:20} {median(times):7.1f} µs (median), {max(times):7.1f} µs (most)")
    relation = median(other / own for own, other in zip(ours, theirs, strict=True))
    whole = median(other / own for own, other in zip(meant, theirs, strict=True))
    print(f"hl7.parse takes {relation:.1f} times as long as read,")
    print(f"and {whole:.2f} times as long as read and understand together.")


if __name__ == "__main__":
    main()
