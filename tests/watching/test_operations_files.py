"""The dashboard and the alerts ask only for figures that there are, and leave none out."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from dispatch.metrics import LATENESS_SECONDS, SECONDS_TO_HUMAN
from tests.watching.conftest import METRICS_TOKEN, WatchedNight
from tests.watching.web import Web

FOLDER = Path(__file__).parents[2] / "docs" / "operations"
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alert-rules.yml").read_text("utf-8"))[
    "groups"
][0]["rules"]
GUIDE = (FOLDER / "watching.md").read_text(encoding="utf-8")

OF_PROMETHEUS = {"up"}
NAME = re.compile(r"\b(?:vigil|process)_[a-z_]+\b|\bup\b")
BOUND = re.compile(r'vigil_(\w+)_bucket\{[^}]*le="([^"]+)"')
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def panels() -> list[dict[str, Any]]:
    return [one for one in DASHBOARD["panels"] if one["type"] != "row"]


def asked_by_panels() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


@pytest.fixture(scope="module")
def kinds(night: WatchedNight) -> dict[str, str]:
    """Every metric of a running node, and its kind."""
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    night.until(lambda: night.vigil.invariants.looked.age is not None, "the first look")
    said = httpx.get(f"{night.base_url}/metrics", headers=headers).text
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", said, re.MULTILINE))


def test_a_whole_node_is_heard_outside_once_it_has_checked_its_promises(
    kinds: dict[str, str], outside: Web
) -> None:
    """Only now: everything without which nobody is paged has worked."""
    assert "vigil_invariants_age_seconds" in kinds
    before = len(outside.asked)
    outside.wait_until_asked(before + 1)
    assert set(outside.asked) == {"GET /beat"}


def test_every_figure_asked_for_is_there(kinds: dict[str, str]) -> None:
    for asked in [*asked_by_panels(), *(rule["expr"] for rule in RULES)]:
        named = set(NAME.findall(asked)) - OF_PROMETHEUS
        assert named or "up" in asked, asked
        for name in named:
            base = SUFFIX.sub("", name)
            if base != name:
                assert kinds.get(base) == "histogram", asked
            else:
                assert name in kinds, asked


def test_counters_are_asked_for_by_their_growth_and_histograms_by_their_parts(
    kinds: dict[str, str],
) -> None:
    for asked in [*asked_by_panels(), *(rule["expr"] for rule in RULES)]:
        for name in set(NAME.findall(asked)):
            if kinds.get(name) == "counter":
                assert re.search(rf"(rate|increase)\(\s*{name}\b", asked), asked


def test_every_figure_of_ours_has_a_panel_and_a_line_in_the_guide(kinds: dict[str, str]) -> None:
    shown = {SUFFIX.sub("", name) for asked in asked_by_panels() for name in NAME.findall(asked)}
    ours = {name for name in kinds if name.startswith("vigil_")}
    assert ours - shown == set()
    assert {name for name in ours if f"`{name}" not in GUIDE} == set()


def test_bounds_that_alerts_count_by_are_bounds_of_the_histogram() -> None:
    bounds = {
        "seconds_to_human": SECONDS_TO_HUMAN,
        "timer_lateness_seconds": LATENESS_SECONDS,
    }
    found = [pair for rule in RULES for pair in BOUND.findall(rule["expr"])]
    assert {name for name, _ in found} == set(bounds)
    for name, bound in found:
        assert bound == str(float(bound)), "as the client writes it"
        assert float(bound) in bounds[name]


def test_the_dashboard_can_be_imported() -> None:
    ids = [one["id"] for one in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    assert {"title", "uid", "schemaVersion", "templating", "panels"} <= set(DASHBOARD)
    assert all(one["datasource"]["uid"] == "${datasource}" for one in panels())
    taken: set[tuple[int, int]] = set()
    for one in DASHBOARD["panels"]:
        grid = one["gridPos"]
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken, f"{one['title']} lies on another panel"
        assert grid["x"] + grid["w"] <= 24
        taken |= cells


def test_every_alert_says_what_is_wrong_what_to_do_and_how_much_it_hurries() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))
    for rule in RULES:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"].endswith(".")
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert rule["expr"].count("{") == rule["expr"].count("}")
