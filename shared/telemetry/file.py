"""Spans in files, for those without a backend: one JSON object a line, in a folder that never grows over its bounds."""

import fcntl
import logging
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

import msgspec
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext, format_span_id, format_trace_id

log = logging.getLogger(__name__)

PATTERN = "*.jsonl"
MOST_BYTES = 16_000_000
"""Of one file; then the next is begun."""
MOST_FILES = 16


Attribute: TypeAlias = str | bool | int | float | list[str]


class Line(msgspec.Struct, omit_defaults=True):
    """A span as it is written. Times are nanoseconds since 1970; ids are hex; ``links`` are of (trace, span)."""

    trace: str
    span: str
    parent: str | None
    service: str
    name: str
    start_ns: int
    end_ns: int
    attributes: dict[str, Attribute] = {}
    links: list[tuple[str, str]] = []
    error: str | None = None


_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(Line)


class FileExporter(SpanExporter):
    """Writes spans to a file of a folder that no other process writes to: each holds the lock of its own."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES) -> None:
        """Take the folder; it is made where it is not. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._most_bytes, self._most_files = folder, most_bytes, most_files
        self._file: BinaryIO | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append, whole lines only."""
        lines = b"".join(_encoder.encode(line_of(span)) + b"\n" for span in spans)
        try:
            file = self._opened()
            file.write(lines)
            file.flush()
        except OSError as error:
            log.warning("%s: %d spans are not written: %s", self._folder, len(spans), error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
            self._file = None

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the port names it
        """Nothing waits here."""
        return True

    def _opened(self) -> BinaryIO:
        """The file to append to: at first the last one, where it is free and not full; then always the next number."""
        if self._file and self._file.tell() < self._most_bytes:
            return self._file
        files = sorted(self._folder.glob(PATTERN))
        if self._file is None and files:
            self._file = _continued(files[-1], self._most_bytes)
        else:
            self.shutdown()
        if self._file is None:
            self._file = _next(self._folder, int(files[-1].stem) + 1 if files else 1)
            for old in files[: max(0, len(files) + 1 - self._most_files)]:
                _remove_where_free(old)
        return self._file


def _continued(path: Path, most_bytes: int) -> BinaryIO | None:
    """A file to append to; a line that a crash cut off stays a line of its own. None where it is taken or full."""
    try:
        file = path.open("rb+")
    except FileNotFoundError:
        return None
    if not _lock(file) or file.seek(0, os.SEEK_END) >= most_bytes:
        file.close()
        return None
    if file.tell():
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
    return file


def _next(folder: Path, number: int) -> BinaryIO:
    """A new file with the first number that nobody has taken."""
    while True:
        try:
            file = (folder / f"{number:08}.jsonl").open("xb")
        except FileExistsError:
            number += 1
        else:
            _lock(file)
            return file


def _remove_where_free(path: Path) -> None:
    """Remove an old file, unless a process still writes to it."""
    try:
        with path.open("rb+") as file:
            if _lock(file):
                path.unlink()
    except FileNotFoundError:
        return


def _lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def line_of(span: ReadableSpan) -> Line:
    """A span as it is written."""
    context = span.get_span_context()
    assert context is not None
    return Line(
        trace=format_trace_id(context.trace_id),
        span=format_span_id(context.span_id),
        parent=format_span_id(span.parent.span_id) if span.parent else None,
        service=str(span.resource.attributes.get("service.name", "")),
        name=span.name,
        start_ns=span.start_time or 0,
        end_ns=span.end_time or 0,
        attributes={name: _attribute(given) for name, given in (span.attributes or {}).items()},
        links=[_ids(link.context) for link in span.links],
        error=None if span.status.is_ok else span.status.description or "failed",
    )


def _attribute(given: object) -> Attribute:
    if isinstance(given, str | bool | int | float):
        return given
    return [str(each) for each in given] if isinstance(given, tuple | list) else str(given)


def _ids(context: SpanContext) -> tuple[str, str]:
    return format_trace_id(context.trace_id), format_span_id(context.span_id)


def lines_with(folder: Path, tokens: Sequence[str]) -> Iterator[Line]:
    """The spans whose lines hold one of the texts, oldest file first. A line that a crash cut off is passed over."""
    holds = re.compile(b"|".join(re.escape(token.encode()) for token in tokens)).search
    for path in sorted(folder.glob(PATTERN)) if tokens else ():
        with path.open("rb") as file:
            for raw in file:
                if holds(raw):
                    try:
                        yield _decoder.decode(raw)
                    except msgspec.MsgspecError:
                        continue
