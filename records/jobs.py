"""Background work on records."""

import logging

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from records import history_retention, search_index

_log = logging.getLogger(__name__)


@app.periodic(cron="*/5 * * * * *")
@app.task(queue="default", queueing_lock="take_in_search_text", pass_context=False)
def take_in_search_text(timestamp: int) -> int:
    """Take the changes of search text into its index, so that searching never has to look through many of them.

    Returns: the changes that were taken in.
    """
    taken = 0
    while count := search_index.take_in():
        taken += count
    return taken


@app.periodic(cron="29 * * * *")
@app.task(queue="default", name="thin_out_history", queueing_lock="thin_out_history", pass_context=False)
def thin_out_history(timestamp: int, tenant: int = 0) -> int:
    """Remove what tenants do not want to keep of their history. ``tenant``: those before it were done.

    It works for a few seconds, then queues up behind the other jobs. What it did before it was killed is done.

    Returns: the events that were removed.
    """
    removed, further = history_retention.work(tenant)
    if removed:
        _log.info("Removed %d events from the history", removed)
    if further is not None:
        try:
            app.configure_task("thin_out_history", queueing_lock="thin_out_history").defer(
                timestamp=timestamp, tenant=further
            )
        except AlreadyEnqueued:
            _log.debug("The next round waits already.")
    return removed
