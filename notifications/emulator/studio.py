"""Runs Studio flows as Twilio does: a webhook of Twilio's own that answers a call with TwiML.

Between two answers a flow's place is kept in the address of the next request. It knows the widgets
and the Liquid that are named here, and fails loudly at any other.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from twilio.twiml.voice_response import Dial, VoiceResponse

from notifications.emulator.exchange import Exchange
from notifications.emulator.records import EMULATOR, Level

_MOST_STEPS = 1000
_MOST_WIDGETS = 2000
_NEEDED: dict[str, frozenset[str]] = {
    "trigger": frozenset(),
    "split-based-on": frozenset({"input"}),
    "say-play": frozenset({"say"}),
    "connect-call-to": frozenset({"noun", "to", "caller_id"}),
    "add-twiml-redirect": frozenset({"url"}),
}
"""The widgets that are known here, and what each can't be without."""

_OUTPUT = re.compile(r"\{\{\s*(.*?)\s*\}\}")
Said = Mapping[str, str]


class Broken(Exception):  # noqa: N818 - said of a flow, not of the emulator
    """A flow that Studio would not take, or that this emulator can't run."""


def webhook(base: str, account: str, sid: str) -> str:
    """The address that a number names to run a flow."""
    return f"{base.rstrip('/')}/v1/Accounts/{account}/Flows/{sid}"


def check(definition: object) -> None:
    """Raise Broken unless it is a flow whose widgets are known and lead only to one another."""
    if not isinstance(definition, dict) or not isinstance(definition.get("states"), list):
        raise Broken("it has no states")
    states = definition["states"]
    if len(states) > _MOST_WIDGETS:
        raise Broken(f"it has more than {_MOST_WIDGETS} widgets")
    names = [state.get("name") for state in states]
    if len(set(names)) != len(names) or None in names:
        raise Broken("each widget needs a name of its own")
    if definition.get("initial_state") not in names:
        raise Broken("its initial_state is none of its widgets")
    for state in states:
        missing = _NEEDED.get(state.get("type"), frozenset({"type"})) - set(state["properties"])
        if missing:
            raise Broken(f"{state['name']} lacks {', '.join(sorted(missing))}")
        for transition in state["transitions"]:
            if transition.get("next", names[0]) not in names:
                raise Broken(f"{state['name']} leads to nowhere")


class Studio:
    """The webhooks of all flows of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[Route]:
        """One address for every flow."""
        path = "/v1/Accounts/{account}/Flows/{sid}"
        return [Route(path, self._answer, methods=["GET", "POST"])]

    async def _answer(self, request: Request) -> Response:
        flow = self._exchange.flows.get(request.path_params["sid"])
        if flow is None or flow.status != "published":
            return PlainTextResponse("No such flow", 404)
        form = await request.form()
        said = {**request.query_params, **{name: str(value) for name, value in form.items()}}
        here = str(request.url.replace(query="", fragment=""))
        run = _Run(flow.definition, said, here, self._now)
        try:
            return Response(run.answer(), media_type="text/xml")
        except Broken as broken:
            self._exchange.notice(
                EMULATOR, Level.ERROR, said.get("CallSid", ""), f"Studio: {broken}", here
            )
            return PlainTextResponse(str(broken), 500)

    def _now(self) -> int:
        return int(self._exchange.time_of_day().timestamp())


class _Run:
    """One request to a flow, from the widget it has come to until it needs the call again."""

    def __init__(
        self, definition: Mapping[str, Any], said: Said, here: str, now: Callable[[], int]
    ) -> None:
        self._states = {state["name"]: state for state in definition["states"]}
        self._first = definition["initial_state"]
        self._said = said
        self._here = here
        self._now = now
        self._response = VoiceResponse()

    def answer(self) -> str:
        """The TwiML that comes next."""
        name = self._said.get("FlowWidget")
        at = self._after(self._first, "incomingCall") if name is None else self._resumed(name)
        for _ in range(_MOST_STEPS):
            if at is None:
                return str(self._response)
            at = self._step(self._states[at])
        raise Broken("more than a thousand steps")

    def _resumed(self, name: str) -> str | None:
        """The widget after a Dial that has ended; a caller who hung up needs none."""
        if name not in self._states:
            raise Broken(f"no widget is called {name}")
        gone = self._said.get("CallStatus") == "completed"
        return self._after(name, "hangup" if gone else "callCompleted")

    def _after(self, name: str, event: str) -> str | None:
        ends = self._states[name]["transitions"]
        return next((one.get("next") for one in ends if one["event"] == event), None)

    def _step(self, state: Mapping[str, Any]) -> str | None:
        """Do one widget; the next one, or None when the call has to do something first."""
        name, properties = state["name"], state["properties"]
        match state["type"]:
            case "split-based-on":
                return self._split(state)
            case "say-play":
                self._response.say(
                    self._rendered(properties["say"]), language=properties.get("language")
                )
                return self._after(name, "audioComplete")
            case "connect-call-to":
                self._dial(name, properties)
                return None
            case "add-twiml-redirect":
                method = properties.get("method", "POST")
                self._response.redirect(self._rendered(properties["url"]), method=method)
                return None
            case other:
                raise Broken(f"{name} is a {other}")

    def _dial(self, name: str, properties: Mapping[str, Any]) -> None:
        if properties["noun"] != "number":
            raise Broken(f"{name} connects to a {properties['noun']}")
        dial = Dial(
            action=f"{self._here}?{urlencode({'FlowWidget': name})}",
            caller_id=self._rendered(properties["caller_id"]),
            timeout=properties.get("timeout", 30),
        )
        dial.number(self._rendered(properties["to"]))
        self._response.append(dial)

    def _split(self, state: Mapping[str, Any]) -> str | None:
        for transition in state["transitions"]:
            if transition["event"] == "match" and all(map(self._holds, transition["conditions"])):
                return str(transition["next"])
        return self._after(state["name"], "noMatch")

    def _holds(self, condition: Mapping[str, Any]) -> bool:
        value = str(condition["value"])
        [argument] = condition["arguments"]
        found = self._rendered(argument)
        match condition["type"]:
            case "equal_to":
                return found == value
            case "contains":
                return value.casefold() in found.casefold()
            case "less_than":
                return found.isdecimal() and int(found) < int(value)
            case other:
                raise Broken(f"a condition of type {other}")

    def _rendered(self, template: str) -> str:
        return _OUTPUT.sub(lambda match: self._value(match[1]), template)

    def _value(self, expression: str) -> str:
        if expression == "'now' | date: '%s' | plus: 0":
            return str(self._now())
        if expression.startswith("trigger.call."):
            return self._said.get(expression.removeprefix("trigger.call."), "")
        raise Broken(f"the Liquid {expression!r}")
