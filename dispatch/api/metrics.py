"""What Prometheus reads of this node: numbers only, open to anyone unless a token is set."""

import secrets

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from dispatch.api.context import Node, shown_by

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response)
def metrics(vigil: Node, request: Request) -> Response:
    """The node's metrics in Prometheus's text format; other nodes have their own."""
    token = vigil.settings.metrics_token
    if token is not None:
        shown = shown_by(request)
        given = shown.secret if shown is not None and shown.what == "token" else ""
        if not secrets.compare_digest(given.encode(), token.encode()):
            raise HTTPException(
                401,
                "Send the token of VIGIL_METRICS_TOKEN as “Authorization: Bearer …”.",
                {"WWW-Authenticate": "Bearer"},
            )
    return Response(generate_latest(vigil.metrics.registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)
