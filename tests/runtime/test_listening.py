"""A listener's connections send at once what is written to them."""

import socket

from shared.runtime.listening import listening


def test_a_connection_has_it_from_the_listener() -> None:
    """Given a listener, when somebody connects, then the connection holds nothing back (TCP_NODELAY)."""
    with listening("127.0.0.1:0") as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
