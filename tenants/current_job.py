"""Which job of the queue is being done, for the history: work that no request waits for is named by its job."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

_current: ContextVar[str] = ContextVar("job", default="")


def current_job() -> str:
    """The id of the job that this thread works on, ``""`` outside of jobs."""
    return _current.get()


def name_job(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """What the worker wraps each task in, so that all changes below know their job."""
    token = _current.set(str(context.job.id))
    try:
        return call_next()
    finally:
        _current.reset(token)
