"""Background work of the tenants room."""

from oauth2_provider.models import clear_expired
from procrastinate.contrib.django import app


@app.periodic(cron="17 3 * * *")
@app.task(queue="default", queueing_lock="clear_tokens", pass_context=False)
def clear_tokens(timestamp: int) -> None:
    """Remove expired access tokens: a busy integration leaves one every half hour."""
    clear_expired()
