"""Checks of the port on which hospitals' HL7 v2 is taken: its files, and who could listen in."""

from sqlmodel import col, select

from dispatch.doctor.context import Context
from dispatch.doctor.findings import Finding, doubtful, right, wrong
from dispatch.hospital_tables import HospitalRow
from dispatch.mllp_port import Port
from dispatch.settings import SettingsError


def port(context: Context) -> list[Finding]:
    """What is set fits together, and nothing goes over the network unprotected."""
    try:
        port = Port.of(context.settings)
        encrypted = port is not None and port.tls() is not None
    except SettingsError as error:
        return [wrong("HL7", f"{error}.", "Mend it as said: `vigil serve` does not start so.")]
    if port is None:
        return []
    if not encrypted and not port.is_local:
        text = f"HL7 v2 is taken on {port.host} without TLS: whoever is between can read it."
        cure = "Set VIGIL_MLLP_CERTIFICATE, or listen on 127.0.0.1 at the end of a tunnel."
        return [doubtful("HL7", text, cure)]
    return [right("HL7", f"HL7 v2 is taken over MLLP on {port.host} port {port.number}.")]


def certificates(context: Context) -> list[Finding]:
    """A hospital that is believed only with its certificate can show it."""
    settings = context.settings
    if settings.mllp_port is None or (settings.mllp_certificate and settings.mllp_client_ca):
        return []
    with context.reading() as work:
        rows = work.session.exec(select(HospitalRow).where(col(HospitalRow.active))).all()
    names = sorted(row.id for row in rows if row.rules.get("certificates"))
    if not names:
        return []
    text = f"These hospitals are believed only with a certificate, and can show none: {names}."
    cure = "Set VIGIL_MLLP_CERTIFICATE and VIGIL_MLLP_CLIENT_CA, or delete their certificates."
    return [wrong("HL7", text.replace("'", ""), cure)]
