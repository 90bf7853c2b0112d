"""The search text of records as it is once all changes were taken in."""

from django.db.models import QuerySet

from records.jobs import take_in_search_text
from records.models import SearchText


def search_texts() -> QuerySet[SearchText]:
    """All search texts, changes taken in by the job."""
    take_in_search_text(timestamp=0)
    return SearchText.objects.all()
