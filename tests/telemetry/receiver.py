"""A small OTLP/HTTP receiver: it reads what an exporter posts, and keeps it."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

if TYPE_CHECKING:
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
    from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Receiver(ThreadingHTTPServer):
    """Listens on a free port; ``spans`` are by service, in the order in which they came; ``taken`` counts their bytes."""

    def __init__(self, *, keeps: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.keeps = keeps
        self.taken = 0
        self.spans: list[tuple[str, Span]] = []
        self.metrics: dict[str, Metric] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def take(self, path: str, body: bytes) -> bytes:
        if path == "/v1/traces":
            self.taken += len(body)
        if not self.keeps:
            return b""
        if path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {each.key: each.value.string_value for each in resource.resource.attributes}
                assert names["service.namespace"] == "psdf"
                for scope in resource.scope_spans:
                    self.spans += [(names["service.name"], span) for span in scope.spans]
            return bytes(ExportTraceServiceResponse().SerializeToString())
        assert path == "/v1/metrics"
        for metrics in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            self.metrics |= {metric.name: metric for scope in metrics.scope_metrics for metric in scope.metrics}
        return bytes(ExportMetricsServiceResponse().SerializeToString())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        answer = self.server.take(self.path, body)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@contextmanager
def receiving(*, keeps: bool = True) -> Iterator[Receiver]:
    """A receiver that runs as long as the block."""
    with Receiver(keeps=keeps) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


@contextmanager
def apart() -> Iterator[str]:
    """The address of a receiver in a process of its own, which keeps nothing; at its end, something must have come."""
    program = [sys.executable, "-m", "tests.telemetry.receiver"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        taken, _ = process.communicate()
    assert int(taken) > 0, "no span has come"


if __name__ == "__main__":
    with receiving(keeps=False) as receiver:
        print(receiver.url, flush=True)
        sys.stdin.read()
    print(receiver.taken)
