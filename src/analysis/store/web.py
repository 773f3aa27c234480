"""Bytes from a web service: with limits, again after a passing failure, and only when they changed."""

import http.client
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from analysis.errors import DataRejected, UsageError

PASSING = (408, 425, 429, 500, 502, 503, 504)
PIECE = 1 << 16


@dataclass(frozen=True)
class Answer:
    """`content` is None where the service says that nothing changed since `etag` or `modified`."""

    content: bytes | None
    etag: str
    modified: str


def download(
    address: str, *, etag: str = "", modified: str = "", limit: int, tries: int, seconds: float, wait: float = 1.0
) -> Answer:
    """Fetch `address`, unless it is as it was.

    Parameters
    ----------
    etag, modified : what an earlier answer gave; sent so that the service may say that nothing changed.
    limit : bytes beyond which the answer is not read. tries : attempts; the pause between doubles from `wait` seconds.
    seconds : without a byte after which an attempt fails.

    Raises
    ------
    UsageError where the service cannot be reached or refuses; DataRejected for an answer over the limit.
    """
    if not address.startswith(("https://", "http://")):
        raise UsageError("the address", must="http or https", found=address)
    asked = {"Accept": "text/csv, */*;q=0.1", "Accept-Encoding": "identity", "User-Agent": "integration-monitor"}
    asked |= {"If-None-Match": etag} if etag else {}
    asked |= {"If-Modified-Since": modified} if modified else {}
    request = urllib.request.Request(address, headers=asked)
    for attempt in range(tries):
        if attempt:
            time.sleep(wait * 2 ** (attempt - 1))
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                content = _read(answer, limit, address)
                return Answer(content, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
        except urllib.error.HTTPError as error:
            if error.code == 304:
                return Answer(None, etag, modified)
            reason = f"HTTP {error.code} {error.reason}"
            if error.code not in PASSING:
                break
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
    mend = "Nothing was stored. Check the connection (HTTPS_PROXY is honoured) and run it again."
    where = f"{attempt + 1} of {tries} tries"
    raise UsageError(f"{_host(address)} cannot be reached: {reason}", where=where, mend=mend)


def _read(answer: http.client.HTTPResponse, limit: int, address: str) -> bytes:
    """The whole body, unless it is over the limit or ends early."""
    parts, size = [], 0
    while piece := answer.read(PIECE):
        size += len(piece)
        if size > limit:
            mend = "Ask for a smaller slice, or raise `megabytes` in connectors.yml."
            raise DataRejected("the answer", must=f"at most {limit:,} bytes", where=_host(address), mend=mend)
        parts.append(piece)
    told = answer.headers.get("Content-Length")
    if told and told.isdigit() and int(told) != size:
        raise http.client.IncompleteRead(b"", int(told) - size)
    return b"".join(parts)


def _host(address: str) -> str:
    return address.split("?")[0].split("/")[2]
