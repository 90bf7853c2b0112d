"""Background work of the tenants room."""

from django.utils import timezone
from oauth2_provider.models import clear_expired
from procrastinate.contrib.django import app

from tenants.credentials import Token


@app.periodic(cron="17 3 * * *")
@app.task(queue="default", queueing_lock="clear_tokens", pass_context=False)
def clear_tokens(timestamp: int) -> None:
    """Remove expired access tokens: a busy integration leaves one every half hour."""
    clear_expired()
    # Users of tills leave one each time they log in.
    Token.objects.filter(expires_at__lt=timezone.now()).delete()
