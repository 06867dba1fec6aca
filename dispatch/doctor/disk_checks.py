"""Check of the folder in which a node writes while its database is away."""

import shutil
import tempfile

from dispatch.doctor.context import Context
from dispatch.doctor.findings import Finding, doubtful, right, wrong

LEAST_BYTES = 100 * 1024 * 1024
"""A night of journal is a few megabytes; a disk with less than this is full of something else."""

LOW_BYTES = 1024 * 1024 * 1024
"""With less than this it is time to look what fills the disk."""


JOURNAL = "journal"
"""Where a node keeps in its data folder what happens while its database is away."""


def data_folder(context: Context) -> list[Finding]:
    """It can be written, and has room."""
    folder = context.settings.data_dir / JOURNAL
    cure = f"Let the service's user write to {folder}, or set VIGIL_DATA_DIR to another folder."
    try:
        context.settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not folder.is_dir():  # nothing was ever written
            folder = context.settings.data_dir
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"vigil doctor")
            probe.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        text = f"{folder} can't be written ({error.strerror}): an outage would leave no journal."
        return [wrong("disk", text, cure)]
    told = f"{folder} has {free / 1024**3:.1f} GB of room."
    if free < LEAST_BYTES:
        return [wrong("disk", told, "Make room: what happens in an outage could not be kept.")]
    if free < LOW_BYTES:
        return [doubtful("disk", told, "Look what fills the disk.")]
    return [right("disk", told)]
