"""Where a node listens for MLLP, as the settings say: its port, its certificate, whom it trusts."""

import errno
import os
import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from dispatch.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Port:
    """An address to listen on, for so many lines at most.

    `idle_seconds` is how long a line may be silent, `message_seconds` how long one message may take
    to come, or an answer to be read.
    """

    host: str
    number: int
    most: int
    idle_seconds: float
    message_seconds: float
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The port that is set, None where there is none; SettingsError where that is no port."""
        if settings.mllp_port is None:
            return None
        port = cls(
            host=settings.mllp_host,
            number=settings.mllp_port,
            most=settings.mllp_connections,
            idle_seconds=settings.mllp_idle_seconds,
            message_seconds=settings.mllp_message_seconds,
            certificate=settings.mllp_certificate,
            key=settings.mllp_key,
            client_ca=settings.mllp_client_ca,
        )
        if port.certificate is None and (port.key or port.client_ca):
            raise SettingsError(
                "VIGIL_MLLP_CERTIFICATE is not set, though the key or the client CA of it is: "
                "name the file of the certificate, in PEM"
            )
        return port

    def check(self) -> None:
        """See whether one could listen. Raises SettingsError with the reason."""
        self.tls()
        self.bound().close()

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def bound(self) -> socket.socket:
        """A socket on which to listen. Raises SettingsError where it can't be had."""
        try:
            family, *_, address = socket.getaddrinfo(
                self.host, self.number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            return socket.create_server(address[:2], family=family)
        except (OSError, UnicodeError) as error:
            number = (error.errno if isinstance(error, OSError) else None) or 0
            why = os.strerror(number) if number in errno.errorcode else "no such address"
            raise SettingsError(
                f"VIGIL_MLLP_PORT: nobody can listen on {self.host} port {self.number} "
                f"({why}): is another program there, or VIGIL_MLLP_HOST wrong?"
            ) from None

    def tls(self) -> ssl.SSLContext | None:
        """How a line is encrypted, None where it isn't. Raises SettingsError for a wrong file."""
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            # Without a password at hand OpenSSL would ask for it, and wait.
            context.load_cert_chain(self.certificate, self.key, password=lambda: "")
        except (OSError, ValueError) as error:
            raise _unusable("VIGIL_MLLP_CERTIFICATE and VIGIL_MLLP_KEY", error) from None
        if self.client_ca is not None:
            try:
                context.load_verify_locations(self.client_ca)
            except (OSError, ValueError) as error:
                raise _unusable("VIGIL_MLLP_CLIENT_CA", error) from None
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a sender's own may stand there
            context.verify_mode = ssl.CERT_OPTIONAL
        return context


def _unusable(what: str, error: Exception) -> SettingsError:
    if isinstance(error, ssl.SSLError):
        return SettingsError(
            f"{what}: this is no PEM file that fits ({error.reason or 'unreadable'}); "
            "a key must be without a password, and be the certificate's"
        )
    reason = getattr(error, "strerror", None) or type(error).__name__
    return SettingsError(f"{what}: the file can't be read: {reason}")
