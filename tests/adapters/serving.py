"""A real server on a free port of this machine, for as long as a block runs; and a port where none is."""

from deploy.local import free_port
from shared.demo.serving import serving as running

__all__ = ["closed_port", "running"]


def closed_port() -> str:
    """Give an address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"
