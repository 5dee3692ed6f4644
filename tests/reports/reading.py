"""How tests read a report: at a cut-off, section by section, as the text of a PDF."""

import io
import re
from datetime import date

from pypdf import PdfReader

from shared.reports.year.note import note
from shared.reports.year.year import Report, make_report
from tests.reports.world import World


async def report(world: World, year: int, cut_off: date) -> Report:
    return await make_report(world.stores, world.fund, year, cut_off)


def pdf_text(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def said(found: Report, heading: str) -> str:
    return " ".join(next(s.paragraphs for s in note(found) if heading in s.heading)).replace("\u00a0", " ")
