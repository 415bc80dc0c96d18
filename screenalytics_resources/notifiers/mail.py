"""E-mail over SMTP. A password is sent over TLS only, unless the server is on this machine."""

import ipaddress
import logging
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from screenalytics_resources.errors import UserError
from screenalytics_resources.notifiers.notifier import TIMEOUT_S, Message, NotDeliveredError

_LOG = logging.getLogger(__name__)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """The SMTP server. With `tls`, TLS is used from the first byte; otherwise STARTTLS if the server offers it."""

    host: str
    port: int
    tls: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Mail:
    """Notifier that sends one mail per alert to all recipients."""

    server: MailServer = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    timeout_s: float = TIMEOUT_S
    name: str = "mail"

    def send(self, message: Message) -> None:
        mail = mail_of(message, self.sender, self.recipients)
        try:
            self._submit(mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            raise NotDeliveredError(
                f"the mail server rejected the message ({type(error).__name__})", unreachable=False
            ) from None
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            # Report only the error's type: its text may contain the user name or password.
            raise NotDeliveredError(f"no mail server accepted the message ({type(error).__name__})") from None

    def _submit(self, mail: EmailMessage) -> None:
        connection = _connect(self.server, self.timeout_s)
        try:
            refused = connection.send_message(mail, self.sender, self.recipients)
        finally:
            # The mail's fate is decided by now: a failed QUIT must not cause a second delivery.
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
        if refused:
            _LOG.warning("The mail server refused %d of %d recipients.", len(refused), len(self.recipients))


def parse_server(url: str, variable: str) -> MailServer:
    """Parse `smtp://user:password@host:port` or `smtps://...`. The `UserError` names the variable, never its value."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _invalid_server(variable) from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or port == 0:
        raise _invalid_server(variable)
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _invalid_server(variable: str) -> UserError:
    return UserError(
        f"{variable} is not a mail server: it must look like smtp://user:password@host:port. Use "
        f"smtps:// for TLS from the start."
    )


def parse_addresses(text: str, variable: str) -> tuple[str, ...]:
    """Parse plain mail addresses, separated by commas. Raises `UserError` for anything else."""
    addresses = tuple(part.strip(" ") for part in text.split(","))
    if not all(_ADDRESS.fullmatch(address) for address in addresses):
        raise UserError(f"{variable} is not a list of mail addresses: separate plain addresses with commas.")
    return addresses


def mail_of(message: Message, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """Build the mail. Its Message-ID is the alert's id, so mail clients show a mail that was sent twice only once."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(message.title.split())  # a line break would start another header
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.at, UTC))
    mail["Message-ID"] = f"<{message.id}@screenalytics>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{message.text}\n\nAlert {message.id}\n")
    return mail


def _connect(server: MailServer, timeout_s: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
    try:
        _log_in(connection, server, context)
    except BaseException:
        connection.close()
        raise
    return connection


def _log_in(connection: smtplib.SMTP, server: MailServer, context: ssl.SSLContext) -> None:
    connection.ehlo_or_helo_if_needed()
    encrypted = server.tls
    if not encrypted and connection.has_extn("starttls"):
        connection.starttls(context=context)
        encrypted = True
    if not server.user:
        return
    if not encrypted and not _is_this_machine(server.host):
        raise NotDeliveredError("the mail server offers no TLS, and a password is sent over TLS only")
    connection.login(server.user, server.password)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
