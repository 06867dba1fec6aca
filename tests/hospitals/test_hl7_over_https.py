"""HL7 v2 over HTTPS: a hospital's token says who sends it, and the answer is HL7 v2 again."""

import httpx

from dispatch.hospitals.hl7.er7 import read
from tests.api.edge import EdgeNight
from tests.hospitals.test_letters import CLIENT, STRANGER, kept, token

HEADER = "MSH|^~\\&|ADT|{by}|VIGIL|ACT|20260303031000||ADT^A01|{id}|{processing}|2.5.1"


def message(
    name: str, *, by: str = "MERCY", processing: str = "P", family: str = "SAMPLE"
) -> bytes:
    header = HEADER.format(by=by, id=name, processing=processing)
    return f"{header}\rPID|1||T1^^^MERCY^MR||{family}^MARA||19711230|F\rPV1|1|I|BHU^12".encode()


def send(night: EdgeNight, raw: bytes, secret: str | None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return night.http.post("/hl7", content=raw, headers=headers)


def code(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return read(answer.content).first("MSA").field(1).raw


def test_a_message_is_kept_and_acknowledged_in_its_own_character_set(night: EdgeNight) -> None:
    answer = send(night, message("h1", family="Pé"), token(night))
    assert code(answer) == "AA"
    assert answer.headers["content-type"] == "application/hl7-v2; charset=utf-8"
    row = kept(night)[-1]
    assert (row.channel, row.hospital_id, row.message_id) == ("hl7", "mercy", "h1")
    again = send(night, message("h1", family="Pé"), token(night))
    assert again.content == answer.content
    assert (kept(night)[-1].id, kept(night)[-1].repeats) == (row.id, 1)


def test_the_token_says_who_it_is_whatever_the_message_says(night: EdgeNight) -> None:
    assert code(send(night, message("h2", by="MERCY"), token(night, "state"))) == "AA"
    assert kept(night)[-1].hospital_id == "state"


def test_what_is_refused_is_kept_too(night: EdgeNight) -> None:
    assert code(send(night, message("h3", processing="T"), token(night))) == "AR"
    assert code(send(night, b"no header", token(night))) == "AR"
    assert [bytes(row.raw) for row in kept(night)[-2:]] == [
        message("h3", processing="T"),
        b"no header",
    ]


def test_a_batch_is_answered_by_a_batch(night: EdgeNight) -> None:
    batch = b"\r".join((b"BHS|^~\\&|ADT|MERCY|VIGIL|ACT", message("b1"), message("b2"), b"BTS|2"))
    answer = send(night, batch, token(night))
    assert answer.content.startswith(b"BHS|^~\\&|VIGIL|ACT|ADT|MERCY|")
    assert answer.content.count(b"MSA|AA|b") == 2
    assert [row.message_id for row in kept(night)[-2:]] == ["b1", "b2"]


def test_who_wants_no_answer_gets_an_empty_one(night: EdgeNight) -> None:
    quiet = message("h4").replace(b"|2.5.1\r", b"|2.5.1|||NE|NE\r")
    answer = send(night, quiet, token(night))
    assert (answer.status_code, answer.content) == (204, b"")
    assert kept(night)[-1].message_id == "h4"


def test_without_a_hospitals_token_nothing_is_kept(night: EdgeNight) -> None:
    rows = len(kept(night))
    for secret in (None, "vgl_wrong"):
        assert send(night, message("h5"), secret).status_code == 401
    assert len(kept(night)) == rows


def test_a_client_and_a_stranger_are_answered_alike(night: EdgeNight) -> None:
    secret = token(night)
    answers = []
    for number, person in enumerate((CLIENT, STRANGER)):
        family, birth = person["name"].rpartition(" ")[2], person["birth_date"].replace("-", "")
        raw = message(f"p{number}", family=family).replace(b"19711230", birth.encode())
        answer = send(night, raw, secret)
        fields = answer.text.replace(f"|p{number}", "|p").split("|")
        del fields[9]  # our own control id, made from the whole message
        answers.append((answer.status_code, fields[:6], fields[7:]))  # without the time
    assert answers[0] == answers[1]
