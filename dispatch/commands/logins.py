"""Users, log-ins, API tokens, crisis lines' secrets: kept as hashes or not at all."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from dispatch.access import Role, Viewer
from dispatch.hospital_tables import HospitalRow
from dispatch.tables import AuditRow, CrisisLineRow, InstallationRow, SessionRow, TokenRow, UserRow
from dispatch.unit_of_work import UnitOfWork
from oncall.store import Directory

SESSION_LIFE = timedelta(hours=16)
"""A log-in lasts for a night and the morning after."""

FREE_FAILURES = 5
"""Wrong passwords in a row before the next try must wait."""

LONGEST_WAIT = timedelta(minutes=1)
"""The longest wait between tries: whoever needs the board tonight is not shut out by a stranger."""

SHORTEST_PASSWORD = 12
"""NIST SP 800-63B asks for at least 8; a rota's logins are worth a few more."""

_TOLD_APART = 8
"""By how many digits of their hashes tokens of one name are told apart."""

_hasher = PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    """What a password is held against where there is no such user: it takes as long."""
    return _hasher.hash(secrets.token_hex(16))


class LoginRefused(Exception):  # noqa: N818
    """The log-in is refused; `wait` says for how long tries are not even looked at."""

    def __init__(self, text: str, wait: timedelta | None = None) -> None:
        super().__init__(text)
        self.wait = wait


def token_hash(secret: str) -> str:
    """What is kept of a secret that is random enough to need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_user(
    work: UnitOfWork,
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    staff: str | None = None,
    teams: tuple[str, ...] = (),
) -> None:
    """Add somebody who may log in, or give them a new password. Raises ValueError."""
    email = email.strip().casefold()
    local, _, domain = email.rpartition("@")
    if not local or not domain or any(char.isspace() for char in email):
        raise ValueError(f"“{email}” is no e-mail address")
    if role is Role.HOSPITAL:
        raise ValueError("hospitals have no log-in: give them a token")
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"the password needs at least {SHORTEST_PASSWORD} characters")
    if staff is not None and staff not in work.directory.staff:
        raise ValueError(f"nobody on the staff is called “{staff}”")
    if role in (Role.LEAD, Role.CLINICIAN) and staff is None and not teams:
        raise ValueError(f"a {role} sees only their own teams: say --staff or --team")
    for other in work.directory.staff.values():
        if other.email and other.email.casefold() == email and staff not in (None, other.id):
            raise ValueError(f"{email} is the address of {other.name}, not of “{staff}”")
    for team in teams:
        if team not in work.directory.teams:
            raise ValueError(f"no team is called “{team}”")
    row = UserRow(
        email=email,
        name=name,
        role=role.value,
        staff_id=staff,
        teams=list(teams),
        password_hash=_hasher.hash(password),
    )
    work.session.merge(row)
    work.session.exec(delete(SessionRow).where(col(SessionRow.email) == email))
    audit(work.session, work.now, "vigil", "user_added", email)


def check_password(work: UnitOfWork, email: str, password: str) -> UserRow | LoginRefused:
    """The user with this password, or why not. Failures are counted, so commit either way."""
    name = email.strip().casefold().replace("\x00", "")
    user = work.session.get(UserRow, name, with_for_update=True)
    if user is not None and user.locked_until is not None and user.locked_until > work.now:
        wait = user.locked_until - work.now
        seconds = int(wait.total_seconds()) + 1
        return LoginRefused(f"Too many wrong passwords: try again in {seconds} s.", wait)
    if not _matches(user.password_hash if user else _hash_of_nobody(), password) or user is None:
        if user is not None:
            _count_failure(user, work.now)
            work.session.add(user)
        return LoginRefused("E-mail or password is wrong.")
    if not user.active or not _still_on_the_staff(work, user):
        return LoginRefused("E-mail or password is wrong.")
    user.failures, user.locked_until = 0, None
    work.session.add(user)
    return user


def _still_on_the_staff(work: UnitOfWork, user: UserRow) -> bool:
    """Whoever left the staff can't log in; users who never were on it can."""
    member = work.directory.staff.get(user.staff_id) if user.staff_id else None
    return user.staff_id is None or (member is not None and member.active)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _count_failure(user: UserRow, now: datetime) -> None:
    user.failures += 1
    over = user.failures - FREE_FAILURES
    if over >= 0:
        user.locked_until = now + min(LONGEST_WAIT, timedelta(seconds=5 * 2 ** min(over, 10)))


def open_session(work: UnitOfWork, user: UserRow) -> str:
    """Log somebody in; the returned secret goes into their cookie and nowhere else."""
    work.session.exec(delete(SessionRow).where(col(SessionRow.expires_at) < work.now))
    secret = secrets.token_urlsafe(32)
    work.session.add(
        SessionRow(
            token_hash=token_hash(secret),
            email=user.email,
            created_at=work.now,
            expires_at=work.now + SESSION_LIFE,
        )
    )
    audit(work.session, work.now, user.email, "logged_in", user.email)
    return secret


def close_session(work: UnitOfWork, secret: str) -> None:
    """Log somebody out."""
    work.session.exec(delete(SessionRow).where(col(SessionRow.token_hash) == token_hash(secret)))


def user_of_session(work: UnitOfWork, secret: str) -> UserRow | None:
    """Who is logged in with this cookie."""
    query = (
        select(UserRow)
        .join(SessionRow, col(SessionRow.email) == col(UserRow.email))
        .where(
            SessionRow.token_hash == token_hash(secret),
            col(SessionRow.expires_at) > work.now,
            col(UserRow.active),
        )
    )
    user = work.session.exec(query).first()
    return user if user is not None and _still_on_the_staff(work, user) else None


def viewer_of(user: UserRow, directory: Directory) -> Viewer:
    """What a user may see: administrators every team, the others the teams they belong to.

    A viewer who belongs to no team (a wall board) sees every team, in references only.
    """
    role = Role(user.role)
    own = set(user.teams) | {
        team.id for team in directory.teams.values() if user.staff_id in team.members
    }
    wall_board = role is Role.VIEWER and user.staff_id is None and not user.teams
    everything = role is Role.ADMIN or wall_board
    teams = None if everything else frozenset(own)
    return Viewer(user.name, user.email, role, teams, user.staff_id)


def create_token(
    work: UnitOfWork, *, name: str, role: Role, team: str | None, hospital: str | None = None
) -> str:
    """A new API token; it is shown once and only its hash is kept. Raises ValueError.

    A hospital's token brings notices of that `hospital` and can do nothing else.
    """
    if not name.strip():
        raise ValueError("--name: say what the token is for")
    if team is not None and team not in work.directory.teams:
        known = ", ".join(work.directory.teams) or "none yet: load an agency first"
        raise ValueError(f"no team is called “{team}” (there are: {known})")
    if hospital is not None:
        _require_hospital(work.session, role, hospital)
    secret = "vgl_" + secrets.token_urlsafe(32)
    work.session.add(
        TokenRow(
            token_hash=token_hash(secret),
            name=name,
            role=role.value,
            team_id=team,
            hospital_id=hospital,
            created_at=work.now,
        )
    )
    audit(work.session, work.now, "vigil", "token_created", name)
    return secret


def _require_hospital(session: Session, role: Role, hospital: str) -> None:
    if role is not Role.HOSPITAL:
        raise ValueError("--hospital: only a token of the role hospital belongs to one")
    row = session.get(HospitalRow, hospital)
    if row is None or not row.active:
        known = session.exec(select(HospitalRow.id).where(col(HospitalRow.active))).all()
        names = ", ".join(sorted(known)) or "none yet: name them in the agency's file"
        raise ValueError(f"no hospital is called “{hospital}” (there are: {names})")


def hospital_of_token(session: Session, secret: str) -> str | None:
    """Whose notices a token may bring; None for every other token, and for none."""
    row = session.get(TokenRow, token_hash(secret))
    if row is None or row.revoked_at is not None or row.role != Role.HOSPITAL.value:
        return None
    hospital = session.get(HospitalRow, row.hospital_id) if row.hospital_id else None
    return hospital.id if hospital is not None and hospital.active else None


def viewer_of_token(session: Session, secret: str) -> Viewer | None:
    """What a program with this token may see."""
    row = session.get(TokenRow, token_hash(secret))
    return None if row is None or row.revoked_at is not None else _viewer_of_program(row)


def _viewer_of_program(row: TokenRow) -> Viewer:
    teams = None if row.team_id is None else frozenset({row.team_id})
    name = f"token {row.name}"
    login = f"{name} {row.token_hash[:_TOLD_APART]}"
    return Viewer(name, login, Role(row.role), teams, is_program=True)


def viewer_called(work: UnitOfWork, login: str) -> Viewer | None:
    """What a person or a program may see by now; None where they can't come in any more."""
    user = work.session.get(UserRow, login)
    if user is not None:
        may_log_in = user.active and _still_on_the_staff(work, user)
        return viewer_of(user, work.directory) if may_log_in else None
    query = select(TokenRow).where(
        col(TokenRow.token_hash).startswith(login[-_TOLD_APART:], autoescape=True),
        col(TokenRow.revoked_at).is_(None),
    )
    programs = map(_viewer_of_program, work.session.exec(query))
    return next((one for one in programs if one.login == login), None)


def installation_key(work: UnitOfWork, configured: str | None) -> str:
    """The secret key of this installation: the configured one, else one made once and kept."""
    if configured:
        return configured
    query = insert(InstallationRow).values(id=1, secret_key=secrets.token_hex(32))
    work.session.execute(query.on_conflict_do_nothing())
    return work.session.exec(select(InstallationRow.secret_key)).one()


def partner_secrets(key: str, partner: CrisisLineRow | HospitalRow) -> list[str]:
    """The secrets a partner may sign with: the present one and the one before its renewal.

    They are derived from our own secret key, so that none is kept.
    """
    versions = [partner.secret_version]
    if partner.secret_version > 1:
        versions.append(partner.secret_version - 1)
    kind = "hospital" if isinstance(partner, HospitalRow) else "crisis-line"
    return [_partner_secret(key, f"{kind}/{partner.id}", version) for version in versions]


def _partner_secret(key: str, partner: str, version: int) -> str:
    words = f"{partner}/{version}".encode()
    digest = hmac.new(key.encode(), words, hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(digest).decode()


def renew_partner_secret(work: UnitOfWork, partner: CrisisLineRow | HospitalRow) -> None:
    """Give a partner a new secret; the one before goes on working until the next renewal."""
    partner.secret_version += 1
    work.session.add(partner)
    audit(work.session, work.now, "vigil", "partner_secret_renewed", partner.id)


def follow_key(key: str, ref: str) -> str:
    """The part of a crisis line's follow-up address that only we could have made."""
    return hmac.new(key.encode(), f"follow/{ref}".encode(), hashlib.sha256).hexdigest()[:32]


def audit(session: Session, now: datetime, who: str, what: str, about: str, why: str = "") -> None:
    """Write down a look at a client's record or a change of access. Never changed, kept 6 years."""
    session.add(AuditRow(at=now, who=who, what=what, about=about, why=why))
