"""An identity provider that is slow: one at a time asks it, and nobody else waits for it in a row."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from shared.desk import issuer_client, issuer_http, issuer_keys
from shared.desk.issuer_client import FRESH_S, NotSignedIn
from shared.desk.issuer_http import Away, answer_of, asking_provider
from shared.desk.issuer_keys import AGAIN_S, IssuerKeys
from shared.desk.issuer_keys import FRESH_S as KEYS_FRESH_S
from tests.desk.test_issuer import Clock, Published, made, publishing
from tests.desk.test_issuer_client import Small

MANY, SOON_S = 20, 15.0
"""Within so many seconds all must have been answered while the provider says nothing: a second each, at once and not in
a row."""
FOR_EVER_S = 60.0


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    """A provider for which who asks it waits longer than any test takes."""
    for limit in ("PATIENCE_S", "WHOLE_S"):
        monkeypatch.setattr(issuer_http, limit, FOR_EVER_S)
    with publishing() as found:
        yield found


def is_busy(there: Published) -> None:
    """From now on it takes what it is asked, and does not answer."""
    there.busy.clear()
    there.free.clear()


def test_who_signs_in_while_it_is_asked_anew_goes_on_with_what_is_known(
    there: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_client, "MEANWHILE_S", FOR_EVER_S)
    small = Small(there, tmp_path)
    small.began()
    small.clock.now += FRESH_S + 1
    is_busy(there)
    with ThreadPoolExecutor(MANY) as threads:
        first = threads.submit(small.client.begin, "/work", "")
        assert there.busy.wait(FOR_EVER_S)
        began = monotonic()
        assert all(list(threads.map(lambda _: small.client.begin("/work", "")[0], range(MANY))))
        assert (monotonic() - began < SOON_S, first.done()) == (True, False)
        there.free.set()
        assert first.result()


def test_who_comes_before_anything_is_known_waits_a_second_and_is_told(there: Published, tmp_path: Path) -> None:
    small = Small(there, tmp_path)
    is_busy(there)
    with ThreadPoolExecutor(MANY) as threads:
        first = threads.submit(small.client.begin, "/work", "")
        assert there.busy.wait(FOR_EVER_S)
        began = monotonic()
        others = [threads.submit(small.client.begin, "/work", "") for _ in range(MANY - 1)]
        for other in others:
            with pytest.raises(NotSignedIn, match="is being asked"):
                other.result()
        assert monotonic() - began < SOON_S
        there.free.set()
        assert first.result()


def test_known_keys_count_while_it_is_asked_and_who_guesses_keeps_nobody_waiting(
    there: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    there.has(made("EC", "one"))
    keys = IssuerKeys(there.url, clock=clock)
    assert keys.of("one")
    clock.now += KEYS_FRESH_S + AGAIN_S
    is_busy(there)
    with ThreadPoolExecutor(2 * MANY) as threads:
        first = threads.submit(keys.of, "guessed")
        assert there.busy.wait(FOR_EVER_S)
        began = monotonic()
        with monkeypatch.context() as longer:
            longer.setattr(issuer_keys, "MEANWHILE_S", FOR_EVER_S)
            assert all(threads.map(lambda _: keys.of("one"), range(MANY)))
        assert not any(threads.map(lambda number: keys.of(f"guessed-{number}"), range(MANY)))
        assert (monotonic() - began < SOON_S, first.done()) == (True, False)
        there.free.set()
        assert first.result() is None


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(HTTPStatus.OK)
            self.end_headers()
            try:
                for _ in range(10 * int(FOR_EVER_S)):
                    self.wfile.write(b" ")
                    sleep(0.1)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setattr(issuer_http, "WHOLE_S", 0.5)
    with ThreadingHTTPServer(("127.0.0.1", 0), Dripping) as server, asking_provider() as client:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        began = monotonic()
        with pytest.raises(Away, match="takes longer than"):
            answer_of(client, f"http://127.0.0.1:{server.server_port}/")
        assert monotonic() - began < SOON_S
        server.shutdown()
