"""A crisis line that hands callers over with signed messages."""

import json
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from dispatch.commands import logins
from dispatch.tables import CrisisLineRow
from tests.scenarios.night import Night

PARTNER = "county-988"


def secret(night: Night) -> str:
    """The secret that the county's centre signs with."""
    with night.vigil.unit_of_work.reading() as work:
        row = work.session.get(CrisisLineRow, PARTNER)
        assert row is not None
        return logins.partner_secrets(night.vigil.key, row)[0]


def hand_over(night: Night, *, message: str = "msg_1", **fields: str) -> httpx.Response:
    """Hand a caller over."""
    body = json.dumps(fields)
    now = datetime.now(UTC)
    signature = Webhook(secret(night)).sign(message, now, body)
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    url = f"{night.base_url}/webhooks/crisis-lines/{PARTNER}"
    return httpx.post(url, content=body, headers=headers, timeout=20)
