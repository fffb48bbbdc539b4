"""What a person is told when a model's server does not answer, or not well."""

from __future__ import annotations

import os
import re
import socket
import ssl
import time
from collections.abc import Sequence

import aiohttp
import msgspec

from musespark import sse, wire
from musespark.failure import Failure
from musespark.model import ContextTooLong
from musespark.problem import Problem
from musespark.settings import TierSettings, veiled

RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_ERRNO = re.compile(r"\[Errno (\d+)\]")


class Refusals:
    """The Problems of one server, without the secrets that its own words or ours may hold."""

    def __init__(self, where: str, tier: TierSettings, secrets: Sequence[str]) -> None:
        self.where, self.name = where, tier.name
        self._tier, self._secrets = tier, secrets

    def failed(self, status: int, found: Failure) -> Problem:
        """The Problem of an error status and body."""
        why = f"It says: {_sentence(found.message)}" if found.message else f"It answered {status}."
        if status in (400, 413, 422, 500) and found.too_long:
            return ContextTooLong(self.where, found.context, found.needed)
        if "insufficient_quota" in found.code or status == 402:
            what, next = "will not go on without credit", "Check the plan and billing there."
        elif status in (401, 403):
            what, next = "did not accept the key", "Set the key of this model again."
        elif status in (404, 405, 501):
            what, next = "was not found", "Check the address and the name; try `musespark models`."
        elif 300 <= status < 400:
            what, next = "has moved", "Set the new address; a redirect is not followed."
        elif status in RETRIED and status != 500:
            what, next = f"is overloaded (it answered {status})", "Try again in a moment."
            return self.problem("model_overloaded", self._say(what), why, next, 503)
        elif status >= 500:
            what, next = "failed", "Look at its log; try again."
        else:
            what, next = "did not accept the request", "Check the settings of this model."
        return self.problem("model_refused", self._say(what), why, next)

    def _say(self, what: str) -> str:
        return f"The model {self.name or 'without a name'} at {self.where} {what}."

    def unreachable(self, why: str) -> Problem:
        """Nobody answers at the address."""
        return self.problem(
            "model_unreachable",
            f"No model answers at {self.where}.",
            f"{why.rstrip('.')}.",
            "Start it, or check the address with `musespark models`.",
        )

    def cut(self, error: BaseException | None, deadline: float | None = None) -> Problem:
        """The Problem of an answer that stopped."""
        if deadline is not None and time.monotonic() >= deadline - 0.001:
            words = "The time for this answer ran out before the model had finished."
            next = "Allow more time, or ask for a shorter answer."
            return self.problem("model_silent", words, next=next, status=504)
        if isinstance(error, TimeoutError):
            words = f"Not a word came for {self._tier.timeout:g} seconds."
            next = "Check whether it hangs, or allow it more time."
            return self.problem("model_silent", self._say("fell silent"), words, next, 504)
        if isinstance(error, wire.Failed):
            return self.failed(500, error.failure)
        if isinstance(error, wire.Endless):
            next = "What came until then is kept. Set a limit to the answer."
            return self.problem("model_cut_off", self._say("does not stop"), next=next)
        why = "The connection ended before the answer did."
        if isinstance(error, sse.TooLong):
            why = "It sent a line longer than any answer."
        elif isinstance(error, (msgspec.DecodeError, UnicodeError)):
            why = "It sent something that is not JSON."
        next = "What came until then is kept. Ask again."
        return self.problem("model_cut_off", self._say("stopped in the middle"), why, next)

    def problem(
        self, code: str, what: str, why: str = "", next: str = "", status: int = 502
    ) -> Problem:
        """Any Problem, without the secrets."""
        what, why, next = (clean(words, self._secrets) for words in (what, why, next))
        return Problem(code, what, why=why, next=next, status=status)


def clean(words: str, secrets: Sequence[str]) -> str:
    """The words without the key, or a password or a query in an address."""
    for secret in secrets:
        if len(secret) >= 4:
            words = words.replace(secret, "…")
    return veiled(words)


def _sentence(words: str) -> str:
    """A server's words with an end, for a sentence follows."""
    words = words.strip()
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def reason(error: object) -> str:
    """Why nobody could be reached, as the system says it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Its certificate is not accepted: {error.verify_message}"
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return "Its name is known to no name server"
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno:
        return os.strerror(error.os_error.errno)
    if isinstance(error, OSError) and (found := error.errno or _errno(error)):
        return os.strerror(int(found))
    if isinstance(error, TimeoutError):
        return "It did not answer in time"
    return str(error) or type(error).__name__


def _errno(error: OSError) -> str:
    """The first number in an error that stands for several addresses of one name."""
    found = _ERRNO.search(str(error))
    return found[1] if found else ""
