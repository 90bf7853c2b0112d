"""Background work on records."""

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="*/10 * * * * *")
@app.task(queue="default", queueing_lock="merge_search_index", pass_context=False)
def merge_search_index(timestamp: int) -> int:
    """Merge the waiting entries of the trigram index, so that searching never has to read a long list of them.

    A bulk appends its entries to the index's pending list (PostgreSQL manual, "GIN Fast Update Technique"); without
    this job they would be found all the same, only slower, until autovacuum or the list's own limit merges them.

    Returns: the pages that were merged.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('searchtext_trigrams')")
        (pages,) = cursor.fetchone() or (0,)
    return int(pages)
