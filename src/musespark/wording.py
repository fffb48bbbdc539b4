"""How purposes, approvals and the deeds of the audit log are said, in every language."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
PURPOSES: dict[str, dict[str, dict[str, str]]] = _TABLES["purposes"]
APPROVALS: dict[str, dict[str, str]] = _TABLES["approvals"]
DEEDS: dict[str, dict[str, str]] = _TABLES["deeds"]


def purpose(name: str, language: str) -> dict[str, str]:
    """What a purpose is called (`title`) and `changes`, how it is `without` and `with` it, and the
    `question`, in `language` (a BCP 47 tag; English where it is not shipped)."""
    versions = PURPOSES[name]
    return versions.get(language[:2].lower(), versions["en"])


def approval(code: str, language: str, *, tool: str, site: str) -> str:
    """What would happen, in a sentence: the tool acts, opens an address or sends what is private
    (see consent.Wanted), `site` being whom it reaches, "" where that is not one."""
    versions = APPROVALS[f"{code}_on" if site else code]
    said = versions.get(language[:2].lower(), versions["en"])
    return said.format(tool=tool, site=site)


def deed(name: str, about: str, detail: dict[str, Any], language: str) -> str:
    """A deed of the audit log in words. One that nobody described is said by its own word."""
    if name == "consent_changed":
        back = "_backwards" if detail.get("backwards") else ""
        name = "consent_allowed" if detail.get("allowed") else f"consent_refused{back}"
        about = purpose(about, language)["title"] if about in PURPOSES else about
    about = str(detail.get("called") or about)  # a name says more than an id
    versions = DEEDS.get(name)
    if versions is None:
        words = name.replace("_", " ").capitalize()
        return f"{words}: {about}" if about else words
    said = versions.get(language[:2].lower(), versions["en"])
    return said.format(about=about).rstrip().rstrip(":").rstrip()
