"""What the APIs keep of their own: failed logins, first answers, and how much each caller may still ask."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenants.models import ApiClient, StaffAccount


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


class KeptAnswer(models.Model):
    """The first answer to a request with an ``Idempotency-Key``, for whoever sends the request again.

    Of the request there are digests only: ``digest`` of client and key, ``fingerprint`` of everything else. The answer
    is kept whole and may hold personal data. Whoever erases a person has to clear the answers of the tenant's clients
    (``client__tenant``), or wait until they have expired.
    """

    digest = models.BinaryField(max_length=32, primary_key=True)
    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="+")
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    """What a caller must hold to be shown the answer, besides what the endpoint asks for."""
    body = models.BinaryField()
    """Compressed by zlib: an answer to 10,000 rows is a megabyte of repetitions."""
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "kept answer"
        verbose_name_plural = "kept answers"


class RateBucket(models.Model):
    """The token bucket of one API client; ``api.rate_limit`` is the only one who knows what to do with it.

    The table is unlogged: a crash of the server fills all buckets, which harms nobody, and no request waits for a disk.
    """

    client = models.OneToOneField(ApiClient, models.CASCADE, primary_key=True, related_name="+")
    tokens = models.FloatField()
    granted = models.BooleanField()
    """Whether the last one who asked was given a token."""
    at = models.DateTimeField()

    class Meta:
        verbose_name = "rate bucket"
        verbose_name_plural = "rate buckets"


class UserRateBucket(models.Model):
    """The token bucket of one back-office user over the tenant API; the same as ``RateBucket`` otherwise."""

    staff = models.OneToOneField(StaffAccount, models.CASCADE, primary_key=True, related_name="+")
    tokens = models.FloatField()
    granted = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = "rate bucket of a user"
        verbose_name_plural = "rate buckets of users"


class LoginAttempts(models.Model):
    """When logins failed lately, for a device and for a user code on a device; of which there are digests only.

    An attempt is a failure until it has succeeded, so that many at once are counted as many.
    """

    key = models.BinaryField(max_length=32, primary_key=True)
    failures = ArrayField(models.DateTimeField(), default=list)
    until = models.DateTimeField(db_index=True)
    """When the last of them no longer counts."""

    class Meta:
        verbose_name = "login attempts"
        verbose_name_plural = "login attempts"
