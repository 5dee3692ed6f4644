"""``make screenshots``: six small pictures of the demo's year for the README, each below 80 kB.

``python -m tests.console.screenshots FOLDER`` takes the home of a demo with all its providers.
"""

import base64
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.console.conftest import chromium, shown
from tests.runtime.funds import PSDF, clean_env

FOLDER = Path(__file__).parents[2] / "shared" / "console" / "screenshots"
WIDTH, HEIGHT = 1200, 760
MOST_BYTES = 80_000
PICTURES = {
    "today": "/fund?on=2022-12-06",
    "invoice": "/invoices/390564815/2209-0674",
    "article": "/articles/02?on=2022-12-30",
    "queue": "/queues/VLK/02/PSDF?on=2022-12-06",
    "shortage": "/payments/2022-08-29",
    "reserve": "/reserve/2022",
}


def main() -> None:
    """Take them, and of the demo of seed 1 where none is given."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "demo"
        if not home.exists():
            subprocess.run([*PSDF, "demo", "--home", str(home)], check=True, env=clean_env(), stdout=subprocess.DEVNULL)
        with shown(home) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            FOLDER.mkdir(exist_ok=True)
            for name, path in PICTURES.items():
                print(f"{name}: {picture(browser, url + path, FOLDER / f'{name}.webp')} bytes")
            browser.close()


def picture(browser: Browser, url: str, into: Path) -> int:
    """One picture, as WebP, which Chromium's own canvas writes."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(url)
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": 60})
    raw = base64.b64decode(shot["data"])
    page.close()
    assert len(raw) < MOST_BYTES, (into.name, len(raw))
    into.write_bytes(raw)
    return len(raw)


if __name__ == "__main__":
    main()
