"""Object stores: where an object of a bucket lies, and how a request for it is signed.

Only reading is needed, so a client of the provider is not: an object is one GET, with the same rules of time-outs,
repeats, certificates and redirects as every other request.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from ..transport.addresses import refuse_unsafe

_REDIRECTS = {"s3": ("*.amazonaws.com",), "gs": ()}
_EMPTY = hashlib.sha256(b"").hexdigest()


def located(address: str) -> tuple[str, tuple[str, ...]]:
    """The address over HTTPS of what an address names, and hosts to which a bucket's requests may be passed on.

    Raises
    ------
    InputError
        If the environment names an endpoint without TLS.
    """
    parts = urlsplit(address)
    if parts.scheme not in _REDIRECTS:
        return address, ()
    path = quote(parts.path, safe="/-_.~")
    if parts.scheme == "gs":
        return f"https://storage.googleapis.com/{parts.netloc}{path}", ()
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        refuse_unsafe(endpoint, "AWS_ENDPOINT_URL")
        return f"{endpoint.rstrip('/')}/{parts.netloc}{path}", ()
    return f"https://{parts.netloc}.s3.{region()}.amazonaws.com{path}", _REDIRECTS["s3"]


def region() -> str:
    """The region of the buckets, as the environment says."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def secrets() -> list[str]:
    """What must not be shown, the longest first."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return sorted((value for name in names if len(value := os.environ.get(name, "")) >= 4), key=len, reverse=True)


def signing(address: str) -> Callable[[Any], Any] | None:
    """What signs a request for an object with the user's own keys; None where there are none: then it is anonymous.

    Only requests to the host of the address are signed: one that is passed on to another host is not.
    """
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not address.startswith("s3://") or not key or not secret:
        return None
    host = urlsplit(located(address)[0]).netloc

    def sign(request: Any) -> Any:
        if urlsplit(request.url).netloc == host:
            now, token = datetime.now(UTC), os.environ.get("AWS_SESSION_TOKEN", "")
            request.headers.update(signed(request.url, dict(request.headers), now, key, secret, region(), token))
        return request

    return sign


def signed(
    url: str, headers: dict[str, str], now: datetime, key: str, secret: str, where: str, token: str = ""
) -> dict[str, str]:
    """Headers of a GET with signature version 4.

    Source: AWS, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
    """
    parts, stamp = urlsplit(url), f"{now:%Y%m%dT%H%M%SZ}"
    mine = {"host": parts.netloc, "x-amz-content-sha256": _EMPTY, "x-amz-date": stamp}
    mine |= {"x-amz-security-token": token} if token else {}
    all_ = mine | {name.lower(): value for name, value in headers.items() if name.lower() == "range"}
    names = ";".join(sorted(all_))
    lines = "".join(f"{name}:{all_[name].strip()}\n" for name in sorted(all_))
    request = f"GET\n{parts.path or '/'}\n{parts.query}\n{lines}\n{names}\n{_EMPTY}"
    scope = f"{stamp[:8]}/{where}/s3/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    step = f"AWS4{secret}".encode()
    for word in (stamp[:8], where, "s3", "aws4_request"):
        step = hmac.new(step, word.encode(), hashlib.sha256).digest()
    signature = hmac.new(step, told.encode(), hashlib.sha256).hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={key}/{scope},SignedHeaders={names},Signature={signature}"
    return {**{name: value for name, value in mine.items() if name != "host"}, "Authorization": credential}
