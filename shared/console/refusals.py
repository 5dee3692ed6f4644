"""What a browser is shown of what the gate does not take: why, and what was written, so that nobody writes it again."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response
from starlette.types import ASGIApp

from shared.console.gate import PERSON, REFUSED, Refusal
from shared.console.pages import signing
from shared.console.pages.blocks import Page
from shared.console.pages.view import View
from shared.console.posted import NotAForm, sent_with_file

Written = Callable[[Callable[[View, dict[str, str]], Page], Request], Response]
"""What writes a page as an answer."""


def shown(why: Refusal, written: Written) -> ASGIApp:
    """The page of a refusal. What a page of ours sent in a session that has ended can be sent again from it."""

    async def answer(request: Request) -> Response:
        kept: Mapping[str, str] = {}
        if why == "signed_out":
            with suppress(NotAForm):
                kept, _file = await sent_with_file(request)
        again = request.url.path + (f"?{request.url.query}" if request.url.query else "")

        def page(view: View, _: dict[str, str]) -> Page:
            return signing.refused(view, why, REFUSED[why][0], again, kept)

        asked = urlencode({name: text for name, text in request.query_params.items() if name == "lang"})
        here: dict[str, object] = {
            "path": "/fund",
            "raw_path": b"/fund",
            "query_string": asked.encode(),
            "path_params": {},
            PERSON: None,
        }
        return await asyncio.to_thread(written, page, Request({**request.scope, **here}))

    return request_response(answer)
