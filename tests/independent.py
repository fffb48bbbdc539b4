"""An OpenID provider that others wrote, in a process of its own: oidc-provider-mock, and Authlib's
check of PKCE, which it leaves out.

python independent.py --port PORT …
"""

from __future__ import annotations

import warnings
from typing import Any

warnings.simplefilter("ignore")

from authlib.integrations.flask_oauth2 import AuthorizationServer  # noqa: E402
from authlib.oauth2.rfc7636 import CodeChallenge  # noqa: E402
from oidc_provider_mock import _app  # noqa: E402
from oidc_provider_mock.__main__ import run  # noqa: E402

asked: dict[str, tuple[str, str]] = {}  # challenge and method of each code


class Pkce(CodeChallenge):  # type: ignore[misc]
    def get_authorization_code_challenge(self, code: Any) -> str:
        return asked[code.code][0]

    def get_authorization_code_challenge_method(self, code: Any) -> str:
        return asked[code.code][1]


class Grant(_app.AuthorizationCodeGrant):  # type: ignore[misc]
    def save_authorization_code(self, code: str, request: Any) -> None:
        super().save_authorization_code(code, request)
        data = request.payload.data
        asked[code] = data["code_challenge"], data["code_challenge_method"]


register = AuthorizationServer.register_grant


def with_pkce(self: Any, grant: Any, extensions: Any = None) -> None:
    if grant is Grant:
        extensions = [*(extensions or ()), Pkce(required=True)]
    register(self, grant, extensions)


_app.AuthorizationCodeGrant = Grant
AuthorizationServer.register_grant = with_pkce

if __name__ == "__main__":
    run()
