"""A real browser for the admin: Debian's Chromium, driven through Playwright against the live server.

Playwright's synchronous API leaves an event loop running in this thread, and Django then refuses to use the database
here. No code of ours is asynchronous, so it is told that this is fine, as long as the browser lives: one test module.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tenants.models import StaffAccount

PASSWORD = "long enough to be a password"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Complaints:
    """What no page may do: log an error, fail to load something, or ask another machine for anything."""

    origin: str
    seen: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: message.type == "error" and self.seen.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("response", lambda answer: answer.status >= 400 and self.seen.append(f"{answer.status} {answer.url}"))
        page.on("request", lambda request: self._local(request.url) or self.seen.append(f"elsewhere: {request.url}"))

    def _local(self, url: str) -> bool:
        return url.startswith((self.origin, "data:", "blob:"))


def find_chromium() -> str | None:
    """Where the browser is; ``CHROMIUM`` names another one."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        text = "No chromium found: no browser test ran. Install it with `apt-get install chromium`."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(text)
        pytest.skip(text)
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=["desktop"])
def tab(request, chromium: Browser, live_server) -> Iterator[Page]:
    """A fresh browser window. Whatever goes wrong on its pages fails the test."""
    sizes = {"desktop": (1440, 900), "phone": (390, 844)}
    width, height = sizes[request.param]
    context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints = Complaints(live_server.url)
    complaints.watch(page)
    yield page
    context.close()
    assert complaints.seen == []


@pytest.fixture
def log_in(tab: Page) -> Callable[[StaffAccount], Page]:
    """Logs somebody in through the form, as a person would."""

    def through_the_form(staff: StaffAccount) -> Page:
        staff.set_password(PASSWORD)
        staff.save()
        tab.goto("/admin/")
        tab.get_by_label("E-mail").fill(staff.email)
        tab.get_by_label("Password").fill(PASSWORD)
        tab.get_by_role("button", name="Log in").click()
        tab.wait_for_url("**/admin/")
        return tab

    return through_the_form
