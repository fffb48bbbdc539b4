"""What each setting means, in a line each."""

from __future__ import annotations

from musespark.settings import place

TIER: dict[str, str] = {
    "url": "address of a model server; empty: the other tier's, else the embedded model",
    "key": "its key",
    "name": "which of its models; empty: the first it lists",
    "context": "tokens it can read",
    "thinking": "its control for thinking: reasoning_effort, chat_template_kwargs, thinking_budget",
    "reasoning_back": "whether it wants its own thinking sent back",
    "price_input": "price of a million tokens read",
    "price_output": "price of a million tokens written",
    "vision": "whether it sees pictures",
    "tools": "whether it calls tools",
    "json_schema": "whether it keeps to a JSON schema",
    "weak": "whether it is too small to reason, so that evidence is quoted instead",
    "timeout": "seconds of silence until it counts as hung",
}
EMBEDDING: dict[str, str] = {
    "url": "address of an embedding model, for evidence; empty: the embedded vectors",
    "key": "its key",
    "name": "which of its models; empty: the one it has",
    "timeout": "seconds until the embedded vectors do instead",
}
TRANSCRIBER: dict[str, str] = {
    "url": "address of a transcriber; empty: what is said is not read",
    "key": "its key",
    "name": "which of its models; empty: the one it has",
    "language": "language that is spoken, such as de; empty: it finds out",
    "timeout": "seconds it may take for ten minutes of sound",
}
GENERAL: dict[str, str] = {
    "home": "folder of the database, settings.toml and models",
    "database_url": "a PostgreSQL of your own; empty: the embedded one",
    "database_owner_url": "its owner, for migrations, where that is someone else",
    "host": "address the server listens on",
    "port": "port the server listens on",
    "request_bytes": "largest request that the server reads",
    "file_bytes": "largest file that is kept",
    "import_bytes": "largest archive that is taken for an import",
    "imported_bytes": "pictures and other files of imports that one person may have, together",
    "language": "language of what the product says: en, de, es, fr",
    "zone": "time zone, such as Europe/Berlin",
    "proxies": "addresses of the proxies in front, with blanks between them",
    "tools_off": "names of tools that are switched off, with commas between them",
    "embedded_path": "a GGUF file to use as the embedded model",
    "embedded_context": "tokens the embedded model reads",
    "embedded_threads": "its threads; 0: one less than the cores",
    "memory_summaries": "whether the deep model sums up talks when nobody waits",
    "memory_idle": "minutes without a question after which it may",
    "router_model": "whether the fast model is asked for the mode where the words leave it open",
    "budget_tokens": "most tokens of a turn",
    "budget_seconds": "most seconds of a turn",
    "budget_money": "most money of a turn",
    "log_level": "debug, info, warning or error",
    "sound_seconds": "longest sound that is read",
    "video_seconds": "longest video that is read",
    "otel_endpoint": "where OpenTelemetry spans go; empty: nowhere",
}


def meaning(variable: str) -> str:
    """What the environment variable means, "" for one that has no words yet."""
    table, key = place(variable)
    words = {"": GENERAL, "embedding": EMBEDDING, "transcriber": TRANSCRIBER}.get(table, TIER)
    return words.get(key, "")
