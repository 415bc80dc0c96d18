"""How the server runs. The command line and the environment fill it in."""

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 3001


@dataclass(frozen=True)
class ServerSettings:
    """Settings of one server process.

    Attributes:
        actor: name that decisions get if a request names none.
        host: address that the server listens on.
        port: its port.
        dagster_url: Dagster's web server, through which jobs go.
        token: secret that every request has to bring; None on a loopback address without login.
        proxy_header: header in which a trusted proxy in front of the server names the user.
        proxies: addresses from which that header is believed.
        host_names: names of the server besides localhost, as they stand in `Host`.
    """

    actor: str
    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    dagster_url: str = "http://127.0.0.1:3000"
    token: str | None = None
    proxy_header: str | None = None
    proxies: tuple[str, ...] = (LOOPBACK, "::1")
    host_names: tuple[str, ...] = ()
