"""Background work on records."""

from procrastinate.contrib.django import app

from records import search_index


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
