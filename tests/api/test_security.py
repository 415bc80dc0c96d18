"""Who may ask for what: hosts, origins, tokens, proxies, sizes and rates."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from screenalytics_app.api.app import create_app
from screenalytics_app.api.security.access import refuse_open_server
from screenalytics_app.api.security.bodies import JSON_BYTES, UPLOAD_BYTES
from screenalytics_app.api.security.hosts import host_name
from screenalytics_app.api.security.rates import RATES
from screenalytics_app.api.security.sessions import COOKIE, is_session, new_session
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

TOKEN = "a-token-of-enough-characters"  # noqa: S105
URL = "http://127.0.0.1:3001"
JOB = "/jobs/cluster_async"


def client_of(store: ArtifactStore, url: str = URL, peer: str = "127.0.0.1", **settings: Any) -> TestClient:
    app = create_app(store, ServerSettings("ann", **settings))
    return TestClient(app, base_url=url, raise_server_exceptions=False, client=(peer, 50_000))


@pytest.fixture
def store(home: Any) -> ArtifactStore:
    return ArtifactStore(str(home))


@pytest.fixture
def client(store: ArtifactStore) -> TestClient:
    return client_of(store)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("localhost:3001", 200, id="localhost"),
        pytest.param("127.0.0.1:3001", 200, id="address"),
        pytest.param("[::1]:3001", 200, id="ipv6"),
        pytest.param("localhost:8080", 200, id="tunnel"),
        pytest.param("LOCALHOST", 200, id="upper-case"),
        pytest.param("review.example.org", 200, id="configured"),
        pytest.param("evil.example:3001", 421, id="foreign"),
        pytest.param("127.0.0.1.evil.example:3001", 421, id="begins-like-ours"),
        pytest.param("localhost@evil.example", 421, id="with-user"),
        pytest.param("localhost:port", 421, id="invalid-port"),
        pytest.param("localhost/evil", 421, id="with-path"),
        pytest.param("", 421, id="empty"),
    ],
)
def test_only_own_names_are_answered(store: ArtifactStore, host: str, status: int) -> None:
    client = client_of(store, host_names=("review.example.org",))
    answer = client.get("/healthz", headers={"Host": host})
    assert answer.status_code == status


def test_a_host_with_an_invalid_address_has_no_name() -> None:
    assert host_name("[::1") is None


WRITES = [("POST", JOB), ("DELETE", "/jobs/x"), ("PATCH", "/jobs/x"), ("PUT", "/jobs/x"), ("POST", "/login")]


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        pytest.param({}, True, id="program"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, True, id="own-page"),
        pytest.param({"Sec-Fetch-Site": "none"}, True, id="typed-by-the-user"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="foreign-page"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="another-port"),
        pytest.param({"Origin": URL}, True, id="own-origin"),
        pytest.param({"Origin": "http://evil.example"}, False, id="foreign-origin"),
        pytest.param({"Origin": "http://127.0.0.1:3002"}, False, id="origin-with-another-port"),
        pytest.param({"Origin": "null"}, False, id="hidden-origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": URL}, False, id="contradiction"),
    ],
)
def test_pages_of_other_sites_cannot_write(client: TestClient, headers: Mapping[str, str], is_own: bool) -> None:
    for method, path in WRITES:
        answer = client.request(method, path, headers=dict(headers))
        assert (answer.status_code != 403) == is_own, (method, path)
    assert client.get("/healthz", headers=dict(headers)).status_code == 200


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"host": "0.0.0.0"}, "would be open to everybody", id="all-addresses"),  # noqa: S104
        pytest.param({"host": "192.168.1.5"}, "would be open to everybody", id="address"),
        pytest.param({"host": "::"}, "would be open to everybody", id="ipv6"),
        pytest.param({"host": "review.example.org"}, "would be open to everybody", id="name"),
        pytest.param({"token": "short"}, "at least 20 ASCII characters", id="short-token"),
        pytest.param({"token": "ä" * 30}, "at least 20 ASCII characters", id="not-ascii"),
        pytest.param({"token": TOKEN, "proxy_header": "X-User"}, "exclude each other", id="token-and-proxy"),
    ],
)
def test_a_server_that_is_open_to_everybody_is_refused(
    store: ArtifactStore, settings: dict[str, str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        create_app(store, ServerSettings("ann", **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"host": "127.0.0.2"},
        {"host": "::1"},
        {"host": "localhost"},
        {"host": "192.168.1.5", "token": TOKEN},
        {"host": "192.168.1.5", "proxy_header": "X-User"},
    ],
)
def test_a_server_that_knows_its_users_may_start(settings: dict[str, str]) -> None:
    refuse_open_server(ServerSettings("ann", **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="none"),
        pytest.param({"Authorization": f"Bearer {TOKEN}"}, 200, id="token"),
        pytest.param({"Authorization": f"bearer {TOKEN}"}, 200, id="scheme-in-lower-case"),
        pytest.param({"Authorization": f"Bearer {TOKEN}x"}, 401, id="wrong"),
        pytest.param({"Authorization": "Bearer "}, 401, id="empty"),
        pytest.param({"Authorization": f"Basic {TOKEN}"}, 401, id="another-scheme"),
        pytest.param({"Cookie": f"{COOKIE}={TOKEN}"}, 401, id="token-as-cookie"),
        pytest.param({"Cookie": f"{COOKIE}={new_session(TOKEN)}"}, 200, id="session"),
        pytest.param({"Cookie": f"{COOKIE}={new_session(TOKEN + 'x')}"}, 401, id="session-of-another-token"),
        pytest.param(
            {"Authorization": "Bearer wrong", "Cookie": f"{COOKIE}={new_session(TOKEN)}"}, 401, id="wrong-with-session"
        ),
    ],
)
def test_a_token_is_needed_everywhere(store: ArtifactStore, headers: dict[str, str], status: int) -> None:
    client = client_of(store, token=TOKEN)
    for path in ("/jobs", "/readyz", "/openapi.json", "/docs", "/docs/static/docs.js"):
        expected = status if path != "/readyz" or status == 401 else 200
        assert client.get(path, headers=headers).status_code == expected, path
    assert client.get("/healthz").status_code == 200
    if status == 401:
        answer = client.get("/no-such-page", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_browser_logs_in_with_the_token(store: ArtifactStore) -> None:
    client = client_of(store, "https://localhost:3001", token=TOKEN)
    page = {"Accept": "text/html"}
    asked = client.get("/docs", headers=page, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/docs")
    assert 'value="/docs"' in client.get(asked.headers["location"]).text
    wrong = client.post("/login", data={"token": "wrong", "next": "/docs"})
    assert (wrong.status_code, wrong.cookies.get(COOKIE)) == (403, None)

    done = client.post("/login", data={"token": TOKEN, "next": "/docs"}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/docs")
    cookie = done.headers["set-cookie"].lower()
    assert cookie.startswith("__host-screenalytics=")
    for attribute in ("httponly", "secure", "samesite=strict", "path=/"):
        assert attribute in cookie
    assert TOKEN not in cookie
    assert client.get("/jobs").status_code == 200
    client.post("/logout")
    assert client.get("/jobs").status_code == 401


@pytest.mark.parametrize("following", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_a_login_leads_nowhere_else(store: ArtifactStore, following: str) -> None:
    client = client_of(store, token=TOKEN)
    done = client.post("/login", data={"token": TOKEN, "next": following}, follow_redirects=False)
    assert done.headers["location"] == "/"
    shown = client.get("/login", params={"next": f'/"><script>{following}'}).text
    assert "<script>" not in shown


def test_a_server_without_token_has_no_login(client: TestClient) -> None:
    assert client.get("/login").status_code == 404
    assert client.post("/login", data={"token": "x"}).status_code == 404


@pytest.mark.parametrize(
    "value",
    [
        *("", ".", "9999999999.", "9999999999.0", "x.y", "1" * 40 + ".x", "ä.b"),
        pytest.param(new_session(TOKEN)[:-1], id="cut-off"),
    ],
)
def test_a_forged_session_is_none(value: str) -> None:
    assert not is_session(value, TOKEN)


def test_a_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    session = new_session(TOKEN)
    assert is_session(session, TOKEN)
    monkeypatch.setattr("screenalytics_app.api.security.sessions.time.time", lambda: 1e11)
    assert not is_session(session, TOKEN)


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        pytest.param("127.0.0.1", {"X-User": "ann"}, 200, id="named"),
        pytest.param("127.0.0.1", {}, 401, id="nobody"),
        pytest.param("127.0.0.1", {"X-User": " "}, 401, id="blank"),
        pytest.param("10.0.0.9", {"X-User": "ann"}, 401, id="not-the-proxy"),
        pytest.param("10.0.0.2", {"X-User": "ann"}, 200, id="another-proxy"),
    ],
)
def test_the_proxy_names_the_user(store: ArtifactStore, peer: str, headers: dict[str, str], status: int) -> None:
    client = client_of(store, peer=peer, proxy_header="X-User", proxies=("127.0.0.1", "10.0.0.2"))
    assert client.get("/jobs", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        pytest.param(JOB, {"Content-Length": str(JSON_BYTES + 1)}, 413, id="large"),
        pytest.param(JOB, {"Content-Length": "9" * 400}, 413, id="absurd"),
        pytest.param(JOB, {"Content-Length": "-1"}, 413, id="negative"),
        pytest.param(JOB, {"Transfer-Encoding": "chunked"}, 411, id="unknown-length"),
        pytest.param("/cast/x/seeds/upload", {"Content-Length": str(UPLOAD_BYTES + 1)}, 413, id="large-upload"),
        pytest.param("/cast/x/seeds/upload", {"Content-Length": str(JSON_BYTES + 1)}, 404, id="upload"),
    ],
)
def test_a_large_body_is_refused_before_it_is_read(
    client: TestClient, path: str, headers: dict[str, str], status: int
) -> None:
    answer = client.post(path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("name", "path"),
    [("jobs", JOB), ("jobs", "/jobs/cluster"), ("uploads", "/cast/x/seeds/upload"), ("login", "/login")],
)
def test_what_takes_long_is_limited(store: ArtifactStore, name: str, path: str) -> None:
    client = client_of(store, proxy_header="X-User")
    rate = next(rate for known, _, rate in RATES if known == name)
    for _ in range(rate.amount):
        assert client.post(path, headers={"X-User": "ann"}).status_code != 429
    answer = client.post(path, headers={"X-User": "ann"})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert client.post(path, headers={"X-User": "ben"}).status_code != 429
    assert client.get("/jobs", headers={"X-User": "ann"}).status_code == 200


def failing(app: FastAPI) -> None:
    @app.get("/fails")
    def fails() -> None:
        raise ValueError("/home/ann/secret")


def test_every_answer_protects_the_page_and_none_shows_the_inside(store: ArtifactStore) -> None:
    app = create_app(store, ServerSettings("ann"))
    failing(app)
    client = TestClient(app, base_url=URL, raise_server_exceptions=False)
    answers = {path: client.get(path) for path in ("/healthz", "/docs", "/fails", "/nothing", "/jobs/none")}
    answers["foreign host"] = client.get("/healthz", headers={"Host": "evil.example"})
    for path, answer in answers.items():
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers
    assert answers["/fails"].status_code == 500
    assert answers["/fails"].json()["detail"].startswith("The server failed unexpectedly.")
    assert not re.search(r"secret|Traceback|\.py", answers["/fails"].text)
