"""A plugin that somebody else ships."""


async def shout(text: str) -> str:
    """Say it loudly."""
    return text.upper()
