"""A whole visit: the settings first, then the database, then everything else with both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from dispatch.database import Database, open_database
from dispatch.doctor.checks import CHECKS, Check, examine
from dispatch.doctor.context import Context
from dispatch.doctor.database_checks import opened
from dispatch.doctor.findings import Finding
from dispatch.doctor.settings_checks import all_settings, faults_of_settings
from dispatch.settings import Settings, SettingsError
from dispatch.unit_of_work import UnitsOfWork


def visit() -> Iterator[Finding]:
    """Look at everything that the environment names; changes nothing, migrates nothing."""
    try:
        settings = all_settings()
    except ValidationError as error:
        yield from faults_of_settings(error)
        return
    yield from visit_with(settings)


def visit_with(
    settings: Settings, checks: Sequence[tuple[str, Check]] = CHECKS
) -> Iterator[Finding]:
    """The same with these settings, perhaps with some of the checks."""
    patient = _Patient(settings)
    try:
        yield from examine(patient.context, checks)
    finally:
        patient.close()


@dataclass
class _Patient:
    """What is open during a visit."""

    settings: Settings
    context: Context = field(init=False)
    _database: Database | None = None

    def __post_init__(self) -> None:
        units, problem = None, None
        try:
            self._database = open_database(self.settings)
        except SettingsError as error:
            problem = str(error)
        else:
            problem = opened(self._database.engine, self._database.dsn)
            if problem is None:
                units = UnitsOfWork(
                    self._database.engine,
                    self.settings.clock,
                    lambda _: None,
                    horizon=self.settings.coverage_horizon,
                )
        self.context = Context(self.settings, units, problem)

    def close(self) -> None:
        """Give everything back."""
        self.context.close()
        if self._database is not None:
            self._database.close()
