"""An administrator changes on a screen how a hospital is understood."""

from tests.api.edge import EdgeNight


def test_what_the_page_sends_is_kept_and_told_as_it_was_sent(night: EdgeNight) -> None:
    web, url = night.web(), "/api/hospitals/mercy/rules"
    sent = {
        "timezone": "America/Boise",
        "known_as": ["MERCY"],
        "psychiatric": True,
        "psychiatric_units": [],
        "classes": {"BH": "inpatient", "X": "none"},
        "involuntary": ["HOLD"],
    }
    told = web.put(url, json=sent)
    assert told.status_code == 200, told.text
    [mercy] = [one for one in web.get("/api/hospitals").json()["hospitals"] if one["id"] == "mercy"]
    assert (mercy["timezone"], mercy["psychiatric"]) == ("America/Boise", True)
    assert mercy["rules"] == {"classes": {"BH": "inpatient", "X": None}, "involuntary": ["HOLD"]}
    wrong = web.put(url, json={**sent, "legal_status_at": "nonsense"})
    assert (wrong.status_code, "PV1-4" in wrong.json()["detail"]) == (422, True)
