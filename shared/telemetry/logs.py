"""Logs: one JSON object a line on stderr, with trace ids; plain lines where a person looks at a terminal."""

import logging
import sys
from datetime import UTC, datetime

import msgspec

from shared.telemetry.context import TraceIds

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
CHATTY = ("httpx", "uvicorn.error")
"""Who else logs a line for each request, and here does so only for what is wrong."""


class JsonLines(logging.Formatter):
    """A record as JSON; what was given as ``extra`` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: given for name, given in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def configure(level: str, *, for_people: bool = False) -> None:
    """Log from this level on; ``for_people``: plain lines also where stderr is no terminal."""
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
    handler.setFormatter(plain if for_people or sys.stderr.isatty() else JsonLines())
    handler.addFilter(TraceIds())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
