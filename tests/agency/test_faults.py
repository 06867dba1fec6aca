"""Every fault that an agency's file can have is found, with its line, and told how to mend."""

# ruff: noqa: E501 - the table of faults is read a line at a time

import pytest

from dispatch.agency_file import AgencyFaults, read_agency

from .conftest import FaultsAfter, faults_in, place_of

ANA = 'id: ana, name: Ana Sample,    discipline: qmhp_clinician,             phone: "+15035550101"'
SUNDAY = 'only: {days: [sun], from: "09:00", to: "17:00"}'
RUNG = "{tier: primary,    ring_seconds: 20, page_seconds: 120}"
HAL = 'paging: {ring_after: 60, nights: {from: "22:00", to: "07:00", ring_after: 0}}'
TIERS = "tier: primary,    name: weeks"

ONE_FAULT = [
    # what is replaced · by what · where the fault stands · its path · what it says
    ("Example County", "~ #", "~ #", "agency", 'the key "agency" is missing'),
    ("email: ana@", "mail: ana@", "mail: ana@", "staff[0].mail", 'did you mean "email"?'),
    ("id: ana, ", "", "{name: Ana", "staff[0].id", 'the key "id" is missing'),
    ("id: ana", 'id: "ana ruiz"', '"ana ruiz"', "staff[0].id", "is no id"),
    ("name: Ana Sample", 'name: " "', '" "', "staff[0].name", "is empty"),
    ("name: Ana Sample", 'name: "A\\nB"', '"A\\nB"', "staff[0].name", "line break"),
    ("name: Ana Sample", "name: [Ana]", "[Ana]", "staff[0].name", "needs one value"),
    ("nurse", "nurze", "nurze", "staff[1].discipline", 'did you mean "nurse"?'),
    ("role: lead", "role: boss", "boss", "staff[4].role", "take one of admin, lead, clinician"),
    ("+15035550102", "5035550102", '"5035550102"', "staff[1].phone", "E.164"),
    ("+15035550102", "+1 503 555 0102", '"+1 503', "staff[1].phone", "E.164"),
    ("+15035550102", "+15550102", '"+15550102"', "staff[1].phone", "E.164"),
    ("+15035550102", "+150355501020", '"+150355501020"', "staff[1].phone", "E.164"),
    ("+15035550102", "none", '"none"', "staff[1].phone", "E.164"),
    ("ana@example.org", "ana at home", "ana at home", "staff[0].email", "no e-mail address"),
    (HAL, "paging: at once", "at once}", "staff[7].paging", "with the keys ring_after, nights"),
    (HAL, "paging: {after: 60}", "after: 60", "staff[7].paging.after", 'mean "ring_after"?'),
    (HAL, "paging: {ring_after: 601}", "601}", "staff[7].paging.ring_after", "between 0 and 600"),
    (HAL, "paging: {ring_after: soon}", "soon}", "staff[7].paging.ring_after", "or never"),
    (HAL, "paging: {ring_after: null}", "ring_after: null", "staff[7].paging.ring_after", "is empty: write whole seconds, or never"),
    (HAL, "paging: {nights: yes}", "yes}", "staff[7].paging.nights", "keys from, to, ring_after"),
    (HAL, "paging: {nights: {until: x}}", "until: x", "staff[7].paging.nights.until", "known are from, to, ring_after"),
    (HAL, 'paging: {nights: {from: "22:00"}}', '{from: "22:00"}', "staff[7].paging.nights.to", 'the key "to" is missing'),
    (HAL, 'paging: {nights: {from: 10pm, to: "07:00"}}', "10pm", "staff[7].paging.nights.from", "no time of day"),
    (HAL, 'paging: {nights: {from: "00:00", to: "24:00"}}', '"24:00"', "staff[7].paging.nights.to", "end when they begin"),
    (HAL, 'paging: {nights: {from: "22:00", to: "07:00", ring_after: ~}}', "ring_after: ~", "staff[7].paging.nights.ring_after", "is empty"),
    ("America/Los_Angeles", "PST", "PST", "teams[0].timezone", "no time zone"),
    ("America/Los_Angeles", "EST", "EST", "teams[0].timezone", "no time zone"),
    ("America/Los_A", "Amerika/Los_A", "Amerika", "teams[0].timezone", 'mean "America/Los_Angel'),
    ("[ana, ben, cho, dee, eli]", "[ana, ben, cho, dee, eli, annna]", "annna", "teams[0].members[5]",
     'nobody on the staff is called "annna" (did you mean "ana"?)'),
    ("order: [dee]", "order: [de]", "de], only", "teams[0].rotations[1].order[0]", 'mean "dee"?'),
    ("order: [dee]", "order: [gus]", "gus], only", "teams[0].rotations[1].order[0]", "no member of"),
    ("order: [dee]", "order: []", "[], only", "teams[0].rotations[1].order", "is empty"),
    ("order: [dee]", "order: dee", "dee, only", "teams[0].rotations[1].order", "a list belongs"),
    ("order: [dee]", "order: [~]", "~], only", "teams[0].rotations[1].order[0]", "is empty"),
    ("staff: dee", "staff: dea", "dea", "teams[0].overrides[0].staff", "nobody on the staff"),
    ("staff: dee", "staff: ivy", "ivy, reason", "teams[0].overrides[0].staff", "no member of"),
    ("tier: primary, from", "tier: primry, from", "primry", "teams[0].overrides[0].tier", "no tier"),
    (TIERS, "tier: medical, name: x", "medical", "teams[0].rotations[0].tier", "has no tier"),
    ("tier: backup,     ring", "tier: primary,   ring", "primary,   ring", "teams[0].ladder[1].tier",
     "this tier has a rung already"),
    ("staff: dee, reason", "kind: swap, staff: dee, reason", "swap, staff", "teams[0].overrides[0].kind", "no kind of override"),
    ("staff: dee, reason", "instead: dee, staff: dee, reason", "dee, staff", "teams[0].overrides[0].instead", "instead of themselves"),
    ("staff: dee, reason", "instead: zoe, staff: dee, reason", "zoe", "teams[0].overrides[0].instead", "nobody on the staff"),
    ("staff: dee, reason", "kind: add, instead: ben, staff: dee, reason", "ben, staff", "teams[0].overrides[0].instead", "instead of nobody"),
    ("rest_hours: 0", "rest_hours: 73", "73 ", "teams[0].rules.rest_hours", "whole hours"),
    ("swaps_need_lead: no", "swaps_need_lead: perhaps", "perhaps", "teams[0].rules.swaps_need_lead", "neither yes nor no"),
    ("US-OR", "Oregon", "Oregon", "teams[0].rules.holidays", '"US-OR"'),
    ("US-OR", "US-XX", "US-XX", "teams[0].rules.holidays", '"US-OR"'),
    ("{supervisor: [qmhp_sup", "{medical: [qmhp_sup", "[qmhp_supervisor]}", "teams[0].rules.requires.medical", "no tier"),
    ("{supervisor: [qmhp_supervisor]}", "{supervisor: [boss]}", "boss", "teams[0].rules.requires.supervisor[0]", "no discipline"),
    ("rest_hours: 0", "rest: 0", "rest: 0", "teams[0].rules.rest", "is unknown here"),
    (RUNG, RUNG.replace("20,", "4,"), "4, page", "teams[0].ladder[0].ring_seconds", "5 and 600"),
    (RUNG, RUNG.replace("20,", "601,"), "601", "teams[0].ladder[0].ring_seconds", "5 and 600"),
    (RUNG, RUNG.replace("20,", "20s,"), "20s", "teams[0].ladder[0].ring_seconds", "whole seconds"),
    (RUNG, RUNG.replace("120", "4"), "4}", "teams[0].ladder[0].page_seconds", "5 and 86400"),
    (RUNG, RUNG.replace("120", "86401"), "86401", "teams[0].ladder[0].page_seconds", "86400"),
    ("every: 1 week", "every: weekly", "weekly", "teams[0].rotations[0].every", '"12 hours"'),
    ("every: 1 week", "every: 0 weeks", "0 weeks", "teams[0].rotations[0].every", "1 to 999"),
    ("every: 1 week", "every: 1 year", "1 year", "teams[0].rotations[0].every", "hours, days"),
    ("12 hours", "12.5 hours", "12.5 hours", "teams[1].rotations[0].every", "length of a turn"),
    ("starts: 2025-12-29T09:00", "starts: 2025-12-29", "2025-12-29,", "teams[0].rotations[0].starts",
     "own clock"),
    ("starts: 2025-12-29T09:00", "starts: 2025-12-29T09:00Z", "2025-12-29T09:00Z",
     "teams[0].rotations[0].starts", "without an offset"),
    ("starts: 2025-12-29T09:00", "starts: 2025-02-30T09:00", "2025-02-30",
     "teams[0].rotations[0].starts", "own clock"),
    ("starts: 2025-12-29T09:00", "starts: 0225-12-29T09:00", "0225-12-29",
     "teams[0].rotations[0].starts", "own clock"),
    ("order: [dee], ", "order: [dee], ends: 2025-12-29T09:00, ", "2025-12-29T09:00, only",
     "teams[0].rotations[1].ends", '"ends" must be later than "starts"'),
    (SUNDAY, "only: {days: [sunday]}", "sunday]", "teams[0].rotations[1].only.days[0]", 'mean "sun"'),
    (SUNDAY, "only: {days: []}", "[]}}", "teams[0].rotations[1].only.days", "is empty"),
    (SUNDAY, "only: sundays", "sundays", "teams[0].rotations[1].only", "keys days, from, to"),
    (SUNDAY, "only: {until: x}", "until: x", "teams[0].rotations[1].only.until", "days, from, to"),
    (SUNDAY, "only: {from: 9am}", "9am", "teams[0].rotations[1].only.from", "no time of day"),
    (SUNDAY, 'only: {to: "25:00"}', '"25:00"', "teams[0].rotations[1].only.to", "no time of day"),
    ("to: 2026-12-25T09:00", "to: 2026-12-24T18:00", "2026-12-24T18:00, staff",
     "teams[0].overrides[0].to", '"to" must be later than "from"'),
    ("from: 2026-12-24T18:00, to: 2026-12-25T09:00", "from: 2026-03-08T02:10, to: 2026-03-08T02:50",
     "2026-03-08T02:50", "teams[0].overrides[0].to", "the clocks jump over it"),
    ("team: north", "team: nort", "nort,", "clients[0].team", 'did you mean "north"?'),
    ("coordinator: ana", "coordinator: zoe", "zoe", "clients[0].coordinator", "nobody on the staff"),
    ("1984-03-02", "1984-02-30", "1984-02-30", "clients[0].birth_date", "year-month-day"),
    ("1984-03-02", "3/2/1984", "3/2/1984", "clients[0].birth_date", "year-month-day"),
    ("1984-03-02", "1884-03-02", "1884-03-02", "clients[0].birth_date", "year-month-day"),
    ("language: es", "language: fr", "fr}", "clients[1].language", "take one of en, es"),
    ('["+15035550121"]', '"+15035550121"', '"+15035550121"', "clients[0].phones", "a list belongs"),
    ("+15035550121", "15035550121", '"15035550121"', "clients[0].phones[0]", "E.164"),
    ('"+15035550123"', '"+15035550122"', '"+15035550122"]', "clients[1].phones[1]", "already"),
    ('["988", "+18002738255"]', "[]", "[]        #", "last_resort", "is empty"),
    ('"988"', '"98"', '"98"', "last_resort[0]", 'a short code such as "988"'),
    ('"988"', '"911"', '"911"', "last_resort[0]", "would dial 911 by itself"),
    ('interpreter_line: "+15035550195"', 'interpreter_line: "988"', '"988"  ', "interpreter_line", "E.164"),
    ('callback: "+15035550199"', "callback: office", "office", "crisis_lines[0].callback", "E.164"),
    ("crisis_lines:", "crisis_line:", "crisis_line:", "crisis_line", 'mean "crisis_lines"?'),
    ("clients:", "clients: none\nothers:", "none", "clients", "a list belongs"),
    ("in_charge: eli", "in_charge: zoe", "zoe", "hospitals[0].in_charge", "nobody on the staff"),
    ("id: state", "id: mercy", "mercy, name: State", "hospitals[1].id", "every hospital needs"),
    ("[STATEHOSP]", "[Mercy]", "Mercy],", "hospitals[1].known_as[0]", "another hospital's"),
    ("+15035550151", "+15035550192", '"+15035550192",\n     known', "hospitals[0].phone", "ring itself"),
    ("known_as: [MERCY]", "knownas: [MERCY]", "knownas", "hospitals[0].knownas", 'mean "known_as"?'),
    ("BH: inpatient", "BH: ward", "ward}", "hospitals[1].classes.BH", "take one of emergency, "),
    ("{BH: inpatient}", "BH", "BH, legal", "hospitals[1].classes", "a mapping belongs here"),
    ("PV1-18", "PV1.18", "PV1.18", "hospitals[1].legal_status_at", 'such as "PV1-4"'),
    ("voluntary: [V]", "voluntary: [aid]", "aid]", "hospitals[1].voluntary[0]", "involuntary too"),
    ("voluntary: [V]", "processing: []", "[]}\n\n# networks", "hospitals[1].processing", "is empty"),
    ("voluntary: [V]", "refuse_with: NO", "NO}", "hospitals[1].refuse_with", "one of AR, AE, AA"),
    ("voluntary: [V]", "certificates: [x]", "x]", "hospitals[1].certificates[0]", "-fingerprint"),
    ("crisis_lines: ", "festivals:\ncrisis_lines: ", "festivals", "festivals", "is unknown here"),
    # what contradicts something else in the file
    ("id: ben", "id: ana", "ana, name: Ben", "staff[1].id", "this id is taken"),
    ("id: ben", "id: Ana", "Ana, name: Ben", "staff[1].id", "this id is taken"),
    ("+15035550102", "+15035550101", '"+15035550101", email: ben', "staff[1].phone", "wrong person"),
    ("ben@example", "Ana@example", "Ana@", "staff[1].email", "everybody needs their own"),
    ("id: south", "id: north", "north\n    name: South", "teams[1].id", "this id is taken"),
    ("C-1002", "C-1001", "C-1001, name: Test Person Two", "clients[1].id", "exactly one team"),
    ("C-2001", "C-1001", "C-1001, name: Test Person Five", "clients[4].id", "exactly one team"),
    ("cho, dee, eli]", "cho, dee, eli, ana]", "ana]\n    ladder", "teams[0].members[5]", "already"),
    ("+15035550192", "+15035550190", '"+15035550190"]\n    members: [fay', "teams[1].lines[1]", "already"),
    ("+15035550102", "+15035550191", '"+15035550191", email', "staff[1].phone", "ring itself"),
    ("+15035550121", "+15035550190", '"+15035550190"], coord', "clients[0].phones[0]", "ring itself"),
    ("+18002738255", "+15035550191", '"+15035550191"]  ', "last_resort[1]", "ring itself"),
    ("+15035550195", "+15035550191", '"+15035550191"  ', "interpreter_line", "ring itself"),
    ("+15035550199", "+15035550192", '"+15035550192"}', "crisis_lines[0].callback", "ring itself"),
    # what the YAML hides
    ("role: lead", "role: lead, role: admin", "role: admin}\n  - {id: fay", "staff[4].role", "stands on line 14"),
    ("id: ana", "id: &x ana, [a, b]: c", "[a, b]", "staff[0]", "no plain word"),
    ("role: lead", "role: !!str lead", "!!str", "staff[4].role", "a tag (!)"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "marker", "where", "says"), ONE_FAULT)
def test_a_fault_is_found_where_it_stands(
    sample: str, faults_after: FaultsAfter, old: str, new: str, marker: str, where: str, says: str
) -> None:
    """Changing the sample in one place gives one kind of fault, at that place."""
    changed = sample.replace(old, new, 1)
    faults = [fault for fault in faults_after(old, new) if fault.where == where]

    assert len(faults) == 1, [str(fault) for fault in faults_after(old, new)]
    line, column = place_of(changed, marker)
    assert (line, column) == (faults[0].line, faults[0].column)
    assert says in faults[0].problem


def test_a_fault_reads_as_a_sentence_with_its_place(faults_after: FaultsAfter) -> None:
    """Editors open file:line:column, and people read the rest."""
    (fault,) = faults_after("order: [dee]", "order: [de]")

    assert str(fault) == (
        'agency.yaml:33:95: teams[0] north, rotations[1] "sunday day", order[0]: '
        'nobody on the staff is called "de" (did you mean "dee"?)'
    )


def test_a_repeat_names_the_line_of_the_first(faults_after: FaultsAfter) -> None:
    """Two clients of one id: the reader sees both lines."""
    (fault,) = faults_after("C-2001", "C-1001")

    assert "(line 60)" in fault.problem


def test_all_faults_are_listed_at_once_in_the_order_of_the_file(sample: str) -> None:
    """One run of the check is enough, whatever kinds of faults there are."""
    changes = [
        ("role: lead", "role: lead, role: admin"),
        ("+15035550102", "503"),
        ("America/Los_Angeles", "Nowhere"),
        ("ring_seconds: 25", "ring_seconds: 1"),
        ("order: [dee]", "order: [de]"),
        ("to: 2026-12-25T09:00", "to: 2025-12-25T09:00"),
        ("every: 12 hours", "every: twelve hours"),
        ("C-1002", "C-1001"),
        ("birth_date: 1999-05-04, ", ""),
    ]
    for old, new in changes:
        sample = sample.replace(old, new, 1)

    faults = faults_in(sample)

    assert len(changes) == len(faults), "\n".join(map(str, faults))
    assert sorted(fault.line for fault in faults) == [fault.line for fault in faults]


def test_one_missing_section_does_not_blame_every_name(faults_after: FaultsAfter) -> None:
    """With “staff” mistyped, the typing error is the fault, not each mention of a person."""
    assert {"staff", "staf"} == {fault.where for fault in faults_after("staff:", "staf:")}


def test_a_missing_ladder_is_one_fault(faults_after: FaultsAfter) -> None:
    """The tiers of its rotations are not blamed as well."""
    assert {"teams[0].ladder", "teams[0].laddder"} == {
        fault.where for fault in faults_after("ladder:  ", "laddder:  ")
    }


def test_an_empty_ladder_is_a_fault(sample: str) -> None:
    """A team that nobody can be rung for is refused."""
    start, end = sample.index("    ladder:"), sample.index("    rotations:")

    faults = faults_in(sample[:start] + "    ladder: []\n" + sample[end:])

    assert [(fault.where, fault.problem) for fault in faults] == [
        ("teams[0].ladder", "is empty: name at least one")
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Test Person One", '"Test\\tPerson One"'),
        ("1984-03-02", "3/2/1984"),
        ('"+15035550121"', '"+1 503 555 0121"'),
        ("id: C-1001", "id: Test Person One"),
        ("team: north", "team: Test Person One"),
        ("coordinator: ana", "coordinator: Test Person One"),
        ("coordinator: ana", "Test Person One"),
        ("coordinator: ana", "Test Person One: 1, Test Person One: 2"),
        ("coordinator: ana", "Test Person One: *x"),
        ('["+15035550121"]', "Test Person One"),
        ("language: es", "language: Test Person One"),
        ("C-2001", "C-1001"),
    ],
)
def test_a_fault_never_tells_a_clients_details(
    faults_after: FaultsAfter, old: str, new: str
) -> None:
    """What `vigil check` prints ends up in logs and tickets: no name, birth date, or number."""
    told = " ".join(map(str, faults_after(old, new)))

    assert "clients[" in told
    for secret in ("Person", "1984-03", "3/2/", "503 555", "+15035550121"):
        assert secret not in told


def test_a_quoted_value_is_short_and_harmless_to_a_terminal(faults_after: FaultsAfter) -> None:
    """Escape sequences in a file are shown, not obeyed."""
    (fault,) = faults_after("nurse", '"\\e[2J' + "x" * 500 + '"')

    assert "\\x1b[2J" in fault.problem
    assert len(fault.problem) < 250


def test_a_line_is_shared_by_no_more_teams_than_a_caller_has_keys() -> None:
    def agency(teams: int) -> str:
        rung = "{tier: primary, ring_seconds: 20, page_seconds: 120}"
        team = (
            f'timezone: UTC, lines: ["+15035550190"], members: [], ladder: [{rung}], rotations: []'
        )
        listed = "".join(f"  - {{id: t{n}, name: Team {n}, {team}}}\n" for n in range(teams))
        return f"agency: Example\nstaff: []\nteams:\n{listed}"

    assert len(read_agency(agency(9), "agency.yaml").teams) == 9
    with pytest.raises(AgencyFaults) as found:
        read_agency(agency(10), "agency.yaml")
    [fault] = found.value.faults
    assert (fault.line, fault.where) == (13, "teams[9].lines[0]")
    assert "9 teams share this line already" in fault.problem
