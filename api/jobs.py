"""Background work of the API."""

from django.db import connection
from procrastinate.contrib.django import app

from api.idempotency import KEPT_FOR

CHUNK = 1000

_FORGET = """
DELETE FROM api_keptanswer WHERE digest IN (
    SELECT digest FROM api_keptanswer WHERE created_at <= now() - %s::interval
     ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED)
"""


@app.periodic(cron="23 * * * *")
@app.task(queue="default", queueing_lock="forget_answers", pass_context=False)
def forget_answers(timestamp: int) -> int:
    """Remove answers that were kept for an ``Idempotency-Key`` and have expired, a thousand a transaction.

    Returns: how many.
    """
    forgotten = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_FORGET, [KEPT_FOR, CHUNK])
            forgotten += int(cursor.rowcount)
            if cursor.rowcount < CHUNK:
                return forgotten
