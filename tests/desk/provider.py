"""A real identity provider for tests (npm's oidc-provider), people who sign in there, and tokens that it never gave."""

import base64
import hashlib
import json
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import pytest
from joserfc import jwk, jws

from deploy.local import free_port
from tests.edge.npm_packages import installed

NPM = Path(__file__).parent / "npm"
AUDIENCE = "urn:psdf:desk"
BACK = "http://127.0.0.1/back"
SECRET = "s+e%c:r&t/of=the~console"
"""The console's, with all that has to be written differently in a form."""
Claims = Mapping[str, Any]


@dataclass
class IdentityProvider:
    """The provider: where it is, its keys (the test's own, so that it can forge), and the fund's file of it.

    ``console`` is where the console is to be that is its client.
    """

    url: str
    key: jwk.ECKey
    file: Path
    console: str = ""

    def signed_in(self, login: str, audience: str = AUDIENCE) -> str:
        """An access token of who signs in: authorization code, PKCE, as a browser and a program do it."""
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "client_id": "desk", "response_type": "code", "scope": "openid desk", "redirect_uri": BACK,
            "code_challenge": challenge, "code_challenge_method": "S256", "resource": audience,
        }  # fmt: skip
        with httpx.Client(base_url=self.url, timeout=20) as browser:
            (code,) = parse_qs(urlsplit(self.goes_through(browser, f"/auth?{urlencode(asked)}", login)).query)["code"]
            given = {"grant_type": "authorization_code", "client_id": "desk", "code": code, "redirect_uri": BACK}
            token = browser.post("/token", data={**given, "code_verifier": verifier, "resource": audience})
            assert token.is_success, token.text
            made: str = token.json()["access_token"]
            return made

    def goes_through(self, browser: httpx.Client, where: str, login: str) -> str:
        """Sign in on the provider's pages, from the address where that begins; the address that leads back."""
        answer = browser.get(where)
        for form in ({"prompt": "login", "login": login, "password": "x"}, {"prompt": "consent"}):
            page = self._followed(browser, answer)
            action = re.search(r'action="([^"]+)"', page.text)
            assert action, page.text
            answer = browser.post(action[1], data=form)
        back: str = self._followed(browser, answer).headers["location"]
        return back

    def _followed(self, browser: httpx.Client, answer: httpx.Response) -> httpx.Response:
        """The page at the end, or the last step before the way back."""
        while answer.is_redirect and urljoin(self.url, answer.headers["location"]).startswith(self.url):
            answer = browser.get(urljoin(self.url, answer.headers["location"]))
        return answer

    def forged(self, claims: Claims, header: Claims | None = None, key: Any = None) -> str:  # noqa: ANN401
        """A token with the provider's own key, or another, that says what it never would."""
        said = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid, **(header or {})}
        named = {name: each for name, each in said.items() if each is not None}
        return jws.serialize_compact(named, json.dumps(dict(claims)).encode(), key or self.key, ["ES256", "RS256"])

    def says(self, sub: str = "x", **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Claims that hold."""
        now = int(time())
        held = {"iss": self.url, "aud": AUDIENCE, "sub": sub, "iat": now, "exp": now + 600, "client_id": "desk"}
        said = held | {"jti": secrets.token_hex(8), "roles": ["psdf-clerk"], "payer": "vlk", "name": "Ona"} | more
        return {name: each for name, each in said.items() if each is not None}


def issuer_file(path: Path, issuer: str, **more: str) -> Path:
    """What a fund writes of its provider."""
    said = {"issuer": issuer, "audience": AUDIENCE, **more}
    lines = [f'{name} = "{each}"' for name, each in said.items()]
    roles = ("clerk", "contracts", "planner", "second", "director", "ministry", "auditor", "operator")
    means = ", ".join(f'"psdf-{role}" = "{role}"' for role in roles)
    lines += ["[roles]", 'claim = "roles"', f"means = {{ {means} }}"]
    lines += ["[payers]", 'claim = "payer"', 'means = { "vlk" = "VLK", "kaunas" = "TLK-KAUNAS" }']
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def with_client(file: Path, console: str, client: str = "console", **more: str) -> Path:
    """The same file, with what the console is at the provider; its secret lies beside it."""
    secret = file.with_name("client.secret")
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    said = {"id": client, "console": console, "secret_file": str(secret), "scope": "openid desk", "resource": AUDIENCE}
    lines = [f'{name} = "{each}"' for name, each in (said | more).items()]
    file.write_text("\n".join([file.read_text(encoding="utf-8"), "[client]", *lines]), encoding="utf-8")
    return file


@contextmanager
def provider(folder: Path, people: Mapping[str, Claims], console: str = "") -> Iterator[IdentityProvider]:
    """The provider as a process of its own, with what it says of whom by login; and the console as its client."""
    place, port = installed(NPM, folder / "npm"), free_port()
    key = jwk.ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
    url = f"http://127.0.0.1:{port}"
    told = {"port": port, "audience": AUDIENCE, "keys": [key.as_dict(private=True)], "people": people}
    client = {
        "client_id": "console", "client_secret": SECRET, "application_type": "native",
        "token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "ES256",
        "redirect_uris": [f"{console}/sign-in/return"], "post_logout_redirect_uris": [f"{console}/sign-in"],
    }  # fmt: skip
    public = client | {"client_id": "public", "token_endpoint_auth_method": "none"}
    public.pop("client_secret")
    told["clients"] = [client, public] if console else []
    node = shutil.which("node") or "node"
    with (folder / "provider.log").open("w") as log:
        process = subprocess.Popen(
            [node, "issuer.mjs"], cwd=place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(json.dumps(told))
        process.stdin.close()
        said = process.stdout.readline()
        assert said == "listening\n", (folder / "provider.log").read_text()
        yield IdentityProvider(url, key, issuer_file(folder / "oidc.toml", url), console)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def there(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    """The provider, with the ``PEOPLE`` of the module that asks for it."""
    with provider(tmp_path_factory.mktemp("provider"), request.module.PEOPLE) as found:
        yield found


@pytest.fixture(scope="module")
def tokens(request: pytest.FixtureRequest, there: IdentityProvider) -> Mapping[str, str]:
    """A token of each of them, by login."""
    return {login: there.signed_in(login) for login in request.module.PEOPLE}
