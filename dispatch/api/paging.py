"""How people are paged, over HTTP: one's own rule, and those of the people one leads."""

from typing import Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from dispatch.api.changes import oneself, require_oneself_or_lead
from dispatch.api.context import Asking, Node
from dispatch.commands.paging_rules import rule_answer, set_rule
from notifications.paging import PagingRule, read_rule

router = APIRouter(prefix="/api", tags=["duty"])

SECONDS = "Seconds after a text without an answer; 0: at once; null: only if it does not arrive."


class NightsBody(BaseModel):
    """When another wait holds, by the clock of the team that pages."""

    model_config = ConfigDict(extra="forbid")
    begins: str = Field(alias="from", examples=["22:00"])
    ends: str = Field(alias="to", examples=["07:00"])
    ring_after: StrictInt | None = Field(0, description=SECONDS)


class RuleBody(BaseModel):
    """When somebody's phone rings for a page that was texted to them."""

    model_config = ConfigDict(extra="forbid")
    ring_after: StrictInt | None = Field(description=SECONDS)
    nights: NightsBody | None = None

    @model_validator(mode="after")
    def _is_a_rule(self) -> Self:
        self.rule()
        return self

    def rule(self) -> PagingRule:
        """The rule that is meant. Raises NoRule."""
        return read_rule(self.model_dump(by_alias=True))


@router.get("/me/paging")
def my_rule(vigil: Node, viewer: Asking) -> dict[str, Any]:
    """How you are paged: your own rule (null: none), and the usual one."""
    with vigil.unit_of_work.reading() as work:
        return rule_answer(work, oneself(viewer, work.directory))


@router.put("/me/paging")
def put_my_rule(vigil: Node, viewer: Asking, body: RuleBody) -> dict[str, Any]:
    """Be paged by a rule of your own from the next page on."""
    with vigil.unit_of_work() as work:
        staff = oneself(viewer, work.directory)
        set_rule(work, staff, body.rule(), viewer.name)
        return rule_answer(work, staff)


@router.delete("/me/paging")
def delete_my_rule(vigil: Node, viewer: Asking) -> dict[str, Any]:
    """Be paged as usual again."""
    with vigil.unit_of_work() as work:
        staff = oneself(viewer, work.directory)
        set_rule(work, staff, None, viewer.name)
        return rule_answer(work, staff)


@router.get("/staff/{staff}/paging")
def rule_of(vigil: Node, viewer: Asking, staff: str) -> dict[str, Any]:
    """How somebody you lead is paged."""
    with vigil.unit_of_work.reading() as work:
        require_oneself_or_lead(viewer, work.directory, staff)
        return rule_answer(work, staff)


@router.put("/staff/{staff}/paging")
def put_rule(vigil: Node, viewer: Asking, staff: str, body: RuleBody) -> dict[str, Any]:
    """Have somebody you lead paged by this rule from the next page on."""
    with vigil.unit_of_work() as work:
        require_oneself_or_lead(viewer, work.directory, staff)
        set_rule(work, staff, body.rule(), viewer.name)
        return rule_answer(work, staff)


@router.delete("/staff/{staff}/paging")
def delete_rule(vigil: Node, viewer: Asking, staff: str) -> dict[str, Any]:
    """Have somebody you lead paged as usual again."""
    with vigil.unit_of_work() as work:
        require_oneself_or_lead(viewer, work.directory, staff)
        set_rule(work, staff, None, viewer.name)
        return rule_answer(work, staff)
