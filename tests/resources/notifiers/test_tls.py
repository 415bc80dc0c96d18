"""Webhook and mail over TLS to local servers, with a self-signed certificate that must be trusted explicitly."""

import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from screenalytics_resources.notifiers.mail import Mail, MailServer
from screenalytics_resources.notifiers.notifier import Message, NotDeliveredError
from screenalytics_resources.notifiers.webhook import Webhook
from tests.resources.notifiers.loopback import http_server, smtp_server

MESSAGE = Message("ab" * 16, 1.7e9, "ERROR - demo-s01e02 - a check", ("State: ERROR",), (), {"state": "ERROR"})


def certificate(folder: Path, address: str) -> Path:
    """Write a self-signed certificate for `address` and its key to one file, and return its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{address}.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(signed.public_bytes(pem) + secret)
    return path


def context(path: Path) -> ssl.SSLContext:
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(path)
    return server_context


def send_by_webhook(tls: ssl.SSLContext) -> int:
    with http_server(tls=tls) as server:
        try:
            Webhook(f"{server.url}/hook", timeout_s=5).send(MESSAGE)
        finally:
            received = len(server.bodies)
    return received


def send_by_mail(tls: ssl.SSLContext) -> int:
    with smtp_server(tls) as server:
        mail_server = MailServer("127.0.0.1", server.port, True, "user", "password")
        Mail(mail_server, "a@example.org", ("b@example.org",), timeout_s=5).send(MESSAGE)
        return len(server.mails) + len(server.logins)


SENDERS = [pytest.param(send_by_webhook, 1, id="webhook"), pytest.param(send_by_mail, 2, id="mail")]


@pytest.mark.parametrize(("send", "received"), SENDERS)
def test_an_untrusted_certificate_is_refused(
    tmp_path: Path, send: Callable[[ssl.SSLContext], int], received: int
) -> None:
    with pytest.raises(NotDeliveredError, match=r"SSLCertVerificationError"):
        send(context(certificate(tmp_path, "127.0.0.1")))


@pytest.mark.parametrize(("send", "received"), SENDERS)
def test_a_certificate_trusted_by_the_environment_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, send: Callable[[ssl.SSLContext], int], received: int
) -> None:
    path = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert send(context(path)) == received


@pytest.mark.parametrize(("send", "received"), SENDERS)
def test_a_trusted_certificate_for_another_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, send: Callable[[ssl.SSLContext], int], received: int
) -> None:
    path = certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(NotDeliveredError, match=r"SSLCertVerificationError"):
        send(context(path))
