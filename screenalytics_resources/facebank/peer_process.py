"""The process at the other end of a local socket."""

import os
import socket
import struct

_CREDENTIALS = "3i"
"""Layout of Linux's `struct ucred`: process id, user id, group id."""


def peer_pid(descriptor: int, recorded: int) -> int | None:
    """Return the id of the process that listens at the other end; None if it is in another container.

    `descriptor` is that of a connected socket. Linux reports the process itself. Other systems have no containers with
    process ids of their own, so there the `recorded` id of the server is the answer.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return recorded
    with socket.socket(fileno=os.dup(descriptor)) as peer:
        credentials = peer.getsockopt(socket.SOL_SOCKET, option, struct.calcsize(_CREDENTIALS))
    return struct.unpack(_CREDENTIALS, credentials)[0] or None
