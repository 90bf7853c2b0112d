"""The queue of jobs in tests: its tables are not Django's, so no test empties them for the next one."""

from django.db import connection


def empty_queue() -> None:
    """Forget jobs of earlier tests, which a worker would do first, and those that a killed worker left behind."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")
