"""A missing or wrong setting stops the start with one line that says what and how."""

from pathlib import Path

import pytest

from dispatch.clock import DrillClock, SystemClock
from dispatch.settings import Settings, SettingsError, load_settings
from notifications.web_space import WebSpace


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing is set but the data folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VIGIL_{name.upper()}", raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(tmp_path / "vigil"))
    return tmp_path / "vigil"


def test_nothing_needs_to_be_set_for_a_first_look() -> None:
    settings = load_settings()
    assert settings.database_url is None
    assert isinstance(settings.clock, SystemClock)


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("VIGIL_DATABASE_URL", "mysql://db/vigil", "postgresql://"),
        ("VIGIL_PUBLIC_URL", "vigil.example.org", "https://vigil.example.org"),
        ("VIGIL_PUBLIC_URL", "https://vigil.example.org/?a=b", "https://vigil.example.org"),
        ("VIGIL_TWILIO_API_URL", "localhost:9", "web address"),
        ("VIGIL_SECRET_KEY", "short", "openssl rand -hex 32"),
        ("VIGIL_HEARTBEAT_URL", "hc-ping.com/uuid", "https://hc-ping.com/your-uuid"),
        ("VIGIL_HEARTBEAT_URL", "https://", "web address"),
        ("VIGIL_METRICS_TOKEN", "short", "openssl rand -hex 16"),
        ("VIGIL_DRILL_CLOCK", "tomorrow", ""),
        ("VIGIL_DRILL_CLOCK", "a;b;c", ""),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    text = str(caught.value)
    assert text.startswith(f"{variable} ")
    assert hint in text
    assert "\n" not in text


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_SECRET_KEY", "hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_an_address_is_kept_without_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures are checked against it: a doubled slash would refuse every call."""
    monkeypatch.setenv("VIGIL_PUBLIC_URL", "https://vigil.example.org/")
    assert load_settings().public_url == "https://vigil.example.org"


def test_twilios_own_names_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    sid = "AC" + "0" * 32
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", f" {sid} ")
    with pytest.raises(SettingsError, match=r"^TWILIO_AUTH_TOKEN is not set"):
        load_settings().require_twilio()
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    assert load_settings().require_twilio() == (sid, "token")


def test_without_twilio_the_line_names_the_demo() -> None:
    with pytest.raises(SettingsError, match=r"^TWILIO_ACCOUNT_SID .*vigil demo"):
        load_settings().require_twilio()


def test_the_fallbacks_web_space_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().fallback_put_url is None
    monkeypatch.setenv("VIGIL_FALLBACK_PUT_URL", "https://user:word@space.example.org/v?sig=1")
    monkeypatch.setenv("VIGIL_FALLBACK_PUT_HEADERS", '{"x-ms-blob-type": "BlockBlob"}')
    monkeypatch.setenv("VIGIL_FALLBACK_STUDIO", "1")
    settings = load_settings()
    assert settings.fallback_put_url == "https://user:word@space.example.org/v?sig=1"
    assert settings.fallback_put_headers == {"x-ms-blob-type": "BlockBlob"}
    assert (settings.fallback_studio, settings.fallback_set_numbers) == (True, True)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("VIGIL_FALLBACK_PUT_URL", "space.example.org"),
        ("VIGIL_FALLBACK_PUBLIC_URL", "ftp://space.example.org"),
        ("VIGIL_FALLBACK_PUT_HEADERS", "x-ms-blob-type: BlockBlob"),
        ("VIGIL_FALLBACK_METHOD", "PUT"),
        ("VIGIL_FALLBACK_STUDIO", "perhaps"),
    ],
)
def test_a_wrong_setting_of_the_fallback_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{variable} "):
        load_settings()


def test_where_the_space_is_read_names_no_secret() -> None:
    space = WebSpace("https://user:word@space.example.org:8443/v/?sig=1")
    assert space.url("f00d/ladder.xml") == "https://space.example.org:8443/v/f00d/ladder.xml"
    other = WebSpace("https://put.example.org/", public_url="https://read.example.org/x/")
    assert other.url("a.xml") == "https://read.example.org/x/a.xml"


def test_a_drill_clock_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_DRILL_CLOCK", "2026-01-10T03:10:00-08:00;1000.0;20.0")
    clock = load_settings().clock
    assert isinstance(clock, DrillClock)
    assert clock.speed == 20
