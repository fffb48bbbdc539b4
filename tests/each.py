"""Tables of cases as few tests: a table of hundreds costs more to collect and report than to run.

    @each(CASES)
    def test_found(question: str, value: str) -> None: ...

runs the function for every case, a hundred to a test, and tells of each that fails.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

_AT_ONCE = 100
_FAILED = (Exception, pytest.fail.Exception)


def each(cases: Iterable[Any]) -> Callable[[Callable[..., Any]], Any]:
    """The function's parameters are the values of a case; it can have no fixtures."""
    table = [case if isinstance(case, tuple) else (case,) for case in cases]
    starts = range(0, len(table), _AT_ONCE)

    def made(test: Callable[..., Any]) -> Any:
        names = list(inspect.signature(test).parameters)
        assert table, f"{test.__name__} has no cases"
        assert all(len(case) == len(names) for case in table), f"not all cases are {names}"

        async def asynchronous(cases: list[tuple[Any, ...]]) -> None:
            wrong = []
            for case in cases:
                try:
                    await test(*case)
                except _FAILED as error:
                    wrong.append(_told(case, error))
            _hold(wrong)

        def plain(cases: list[tuple[Any, ...]]) -> None:
            wrong = []
            for case in cases:
                try:
                    test(*case)
                except _FAILED as error:
                    wrong.append(_told(case, error))
            _hold(wrong)

        all_ = asynchronous if inspect.iscoroutinefunction(test) else plain
        all_.__name__, all_.__qualname__ = test.__name__, test.__qualname__
        all_.__doc__, all_.__module__ = test.__doc__, test.__module__
        return pytest.mark.parametrize(
            "cases",
            [table[start : start + _AT_ONCE] for start in starts],
            ids=[f"{start + 1}-{min(start + _AT_ONCE, len(table))}" for start in starts],
        )(all_)

    return made


def _told(case: tuple[Any, ...], error: BaseException) -> str:
    return f"{case!r}: {type(error).__name__}: {error}"


def _hold(wrong: list[str]) -> None:
    if wrong:
        pytest.fail(f"{len(wrong)} fail:\n" + "\n".join(wrong), pytrace=False)
