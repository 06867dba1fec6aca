"""Where the sample messages lie: beside the repository, used in place."""

from pathlib import Path

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
DA_VINCI = DATA / "fhir" / "davinci-alerts"
R4_CORE = DATA / "fhir" / "r4-core"
