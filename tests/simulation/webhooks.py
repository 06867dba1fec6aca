"""The provider's way to us: it asks a node, and asks another one where it gets no answer."""

from collections.abc import Mapping
from functools import partial

from tests.simulation.kernel import Story, Unanswered, Visit
from tests.simulation.nodes import Node
from tests.simulation.promises import Answer
from tests.simulation.town import URL


class Webhooks:
    """The part of a night in which Twilio asks us for documents; mixed into `Night`."""

    def post(self, url: str, form: Mapping[str, str], tries: int) -> Story:
        """Ask us for a document, as often as Twilio would; None when nobody answers."""
        path = url.removeprefix(URL).partition("?")[0]
        for _ in range(tries):
            yield self.random.uniform(0.02, 0.2)
            node = self._node()
            if not node.alive:
                yield 2
                continue
            if node.stalled:
                yield from self._post_to_the_stalled(node, url, form)
                continue
            try:
                answer: Answer = yield Visit(
                    node, f"POST {path}", partial(node.post, url, dict(form))
                )
            except Exception as error:  # noqa: BLE001  a 5xx, or none at all
                if not isinstance(error, Unanswered):
                    self.tell(f"{node.name} fails at {path}: {type(error).__name__}")
                yield 0.5
                continue
            self.promises.heard(self.kernel.at, url, form, answer)
            if self._strikes(self.plan.answers_lost):
                self.tell(f"the answer of {node.name} to {path} is lost")
                yield 6
                continue
            return answer
        return None

    def _node(self) -> Node:
        alive = [one for one in self.nodes if one.alive]
        if alive and self.random.random() < 0.95:
            return self.random.choice(alive)
        return self.random.choice(self.nodes)

    def _post_to_the_stalled(self, node: Node, url: str, form: Mapping[str, str]) -> Story:
        """It takes the request, and works on it when Twilio has long asked another node."""
        if self.random.random() < 0.5:
            self.kernel.begin(self._late(node, url, form), owner=node)
        yield 6

    def _late(self, node: Node, url: str, form: Mapping[str, str]) -> Story:
        while node.stalled:
            yield 5
        try:
            answer: Answer = yield Visit(node, "POST, late", partial(node.post, url, dict(form)))
        except Exception as error:  # noqa: BLE001  nobody listens any more
            self.tell(f"{node.name} fails at a late request: {type(error).__name__}")
        else:
            self.promises.heard(self.kernel.at, url, form, answer)
