"""The scan that ends every night would notice a leak."""

import structlog

from tests.scenarios import privacy, town
from tests.scenarios.night import Night


def test_the_scan_sees_what_it_looks_for(night: Night) -> None:
    found = privacy.details(night.agency)
    for text in ("Test Person One", "1984-03-02", "+1 (503) 555-0121", "03/02/1984"):
        assert any(pattern.search(text) for pattern in found.values()), text
    assert not any(
        pattern.search("Vigil K7Q: crisis call for North ACT") for pattern in found.values()
    )


def test_only_the_number_that_is_to_be_rung_may_stand_in_a_document() -> None:
    rings = f'<Number statusCallback="https://a.example/b">{town.CLIENT}</Number>'
    assert town.CLIENT not in privacy.TO_BE_RUNG.sub("", rings)
    for other in (
        f"<Say>{town.CLIENT}</Say>",
        f'<Number url="https://a.example/{town.CLIENT}">988</Number>',
    ):
        assert town.CLIENT in privacy.TO_BE_RUNG.sub("", other)


def test_the_scan_reads_every_channel(night: Night) -> None:
    """A leak is planted in each channel, and each is found."""
    call = night.call()
    night.until(lambda: bool(night.ana.inbox), "Ana is paged")
    call.hang_up()
    call.wait_ended()
    night.network.wait_until_quiet()
    assert privacy.leaks(night.agency, night.network) == []
    sms, body = night.network.messages[0], night.network.messages[0].body
    sms.body = "Test Person One is calling"
    assert [leak.split(":")[0] for leak in privacy.leaks(night.agency, night.network)] == ["SMS"]
    sms.body = body
    position = privacy.LOG.tell()
    structlog.get_logger().warning(f"call from {town.CLIENT}")
    assert [leak.split(":")[0] for leak in privacy.leaks(night.agency, night.network)] == ["log"]
    privacy.LOG.seek(position)
    privacy.LOG.truncate()
    assert '"path": "/twilio/voice"' in privacy.LOG.getvalue(), "the service's own lines are read"
