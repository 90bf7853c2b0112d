"""What the API keeps of its own: who failed to get a token, over all processes."""

from django.db import models


class FailedTokenRequests(models.Model):
    """How often a client id was refused a token from one address within a window of time.

    The client id may be a typing error, or anything at all; only a digest of it and the address is kept.
    """

    key = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = "failed token requests"
        verbose_name_plural = "failed token requests"
