"""How people want to be paged: set by themselves, by their leads, or by the agency's file."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from dispatch.commands.guarantee import note_change
from dispatch.commands.paging import own_rule
from dispatch.unit_of_work import UnitOfWork
from notifications.paging import USUAL, PagingRule, rule_in_words, write_rule
from notifications.tables import PagingRuleRow
from oncall.model import StaffId

CHANGED = "paging"
"""How the journal calls a change of how somebody is paged."""


def set_rule(work: UnitOfWork, staff: StaffId, rule: PagingRule | None, who: str) -> None:
    """Page somebody by this rule from the next page on; None: as usual. The journal tells."""
    row, name = work.session.get(PagingRuleRow, staff), work.directory.name_of(staff)
    if rule is None:
        if row is None:
            return
        work.session.delete(row)
        work.session.flush()
        text = f"{name} is paged as usual: {rule_in_words(USUAL)}"
    else:
        if row is not None and row.rule == write_rule(rule):
            return
        keep_rule(work.session, staff, rule)
        text = f"{name} is paged so: {rule_in_words(rule)}"
    note_change(work, who=who, what=CHANGED, text=text, staff=staff)


def keep_rule(session: Session, staff: StaffId, rule: PagingRule) -> None:
    """Write somebody's rule, whether they had one or not, also while another writes it."""
    written = write_rule(rule)
    statement = (
        insert(PagingRuleRow)
        .values(staff_id=staff, rule=written)
        .on_conflict_do_update(index_elements=["staff_id"], set_={"rule": written})
        .returning(PagingRuleRow)
    )
    # What this session has read of it before is read anew.
    session.scalars(statement, execution_options={"populate_existing": True}).one()


def rule_answer(work: UnitOfWork, staff: StaffId) -> dict[str, Any]:
    """Somebody's own rule (null: none), and the usual one, as they are told over HTTP."""
    rule = own_rule(work.session, staff)
    return {"rule": None if rule is None else write_rule(rule), "usual": write_rule(USUAL)}
