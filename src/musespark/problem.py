"""What went wrong, why, and what to do next: the one error a person can meet."""

from __future__ import annotations

AWAY = (
    "database_unreachable",
    "database_conflict",
    "disk_full",
)  # codes of what may pass by itself


class Problem(Exception):
    """An error said in a person's words.

    `what` happened, `why`, and what to do `next`; `code` is a stable snake_case word for programs
    and `status` the HTTP status a door answers with. Secrets never go into any of them.
    """

    def __init__(
        self, code: str, what: str, *, why: str = "", next: str = "", status: int = 400
    ) -> None:
        self.code, self.what, self.why, self.next, self.status = code, what, why, next, status
        super().__init__(self.text)

    @property
    def text(self) -> str:
        """All three sentences as one paragraph."""
        return " ".join(part for part in (self.what, self.why, self.next) if part)


class BudgetSpent(Problem):
    """A turn or one of its agents has used up its tokens, seconds or money."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "budget_spent",
            f"The budget is used up: {what}.",
            next="Ask again with a larger budget.",
            status=402,
        )
