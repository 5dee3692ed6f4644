"""The kit over a connection with a client certificate, at a source that is heard so alone."""

import asyncio
import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from psdf_provider import Door, Key, NotTaken, Outbox, Provider, invoice
from shared.edge.registry import read_word, word_on
from shared.edge.tls import authorities, server_context
from shared.events.keys import KeyRegistered
from shared.runtime.http import fund_app
from shared.runtime.mutual import Mutual
from tests.edge.certificates import Authority, over_tls
from tests.edge.signing import PERSONS
from tests.kit.invoices import SOURCE, data
from tests.runtime.funds import fund, worked_start


async def test_it_sends_and_hears_over_its_certificate_and_is_refused_without(tmp_path: Path) -> None:
    authority, path = Authority(tmp_path / "tls"), tmp_path / "key.pem"
    folder, key = authority.serves(), Key.new(path)
    since = datetime.now().astimezone() - timedelta(days=1)
    asked = json.loads(key.request(SOURCE, since))
    private = load_pem_private_key(path.read_bytes(), None)
    shown = authority.certify(private, "Ortopedija")  # type: ignore[arg-type]
    mutual = Mutual(authorities(folder), (), server_context(folder))
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start()[:4])
        registered = asked | PERSONS | {"mtls": True, "window_hours": 24}
        await stack.register(read_word(word_on(KeyRegistered.type, registered)))
        async with over_tls(fund_app(stack, mutual=mutual), mutual) as url:

            def sends(certificate: Path | None) -> list[str]:
                door = Door(url, SOURCE, key, verify=authority.trusts(certificate))
                outbox = Outbox(tmp_path / f"{certificate is None}.sqlite3")
                with closing(Provider(door, outbox, key)) as provider:
                    provider.put(invoice(data()))
                    return [answer.outcome for _, answer in provider.send()] + [
                        told.type for told in provider.follow(0, forever=False)
                    ]

            said = await asyncio.to_thread(sends, shown)
            assert (said[0], said[1:3]) == ("accepted", ["contract.concluded", "invoice.accepted"])
            with pytest.raises(NotTaken, match="client certificate alone"):
                await asyncio.to_thread(sends, None)
