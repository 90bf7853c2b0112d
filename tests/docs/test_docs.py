"""A fact that is printed twice has a test: what the documentation lists is what the code has."""

import re
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import get_commands, load_command_class
from django.test import Client
from environs import Env

from addresses.contracts import AddressPayload
from addresses.reads import ADDRESS_SHAPE
from api import catalogue
from api.routes import PATHS
from api.tenant import catalogue as problems
from backoffice.environment import Environment
from backoffice.urls import ENDPOINTS
from backoffice.urls import RESOURCES as VIEWSETS
from pricing.contracts import PricingPayload, TargetPayload, TermsPayload
from records.api import RecordViewSet
from records.changes import ACTIONS
from records.directives import KNOWN
from records.filter_fields import MAX_VALUES
from records.filter_requests import filter_members
from records.list_requests import MAX_PAGE_SIZE, PAGE_SIZE, PARAMETERS
from records.pages import COUNTED
from records.people import Person
from records.reads import shape_of
from records.sorts import sorts
from recyclebin.models import State
from recyclebin.policies import POLICIES
from tenants.scopes import RESOURCES, SCOPES
from tests.docs.markdown import PAGES, ROOT, anchors, bare, links, page, table, tables

SETTINGS, COMMANDS = "docs/reference/settings.md", "docs/reference/commands.md"
LOOKUP_API, ERRORS = "docs/reference/lookup-api.md", "docs/reference/error-codes.md"
TENANT_API = "docs/reference/tenant-api.md"
BIN_PAGE, DECISIONS = "docs/reference/recycle-bin.md", "docs/decisions"

ROOMS = (
    "backoffice",
    "tenants",
    "recyclebin",
    "records",
    "addresses",
    "users",
    "contacts",
    "customers",
    "pricing",
    "api",
)
PRODUCTION = {"DATABASE_URL": "postgres://u@h/d", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "backoffice.example"}
COMMON_OPTIONS = {
    *("-h", "--help", "--version", "-v", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color"),
    *("--force-color", "--skip-checks"),
}


@pytest.fixture(params=VIEWSETS, ids=lambda viewset: viewset.resource.name)
def viewset(request: pytest.FixtureRequest) -> type[RecordViewSet]:
    """Each resource of the lookup API in turn."""
    return request.param


def names(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    return [bare(row[0]) for row in rows]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path: Path):
    assert [link for link in links(path.read_text(encoding="utf-8")) if not leads_somewhere(link, path)] == []


def leads_somewhere(link: str, path: Path) -> bool:
    if re.match(r"https?://|mailto:", link):
        return True
    target, _, anchor = link.partition("#")
    found = (path.parent / target).resolve() if target else path
    if not (found.is_relative_to(ROOT) and found.exists()):
        return False
    return not anchor or anchor in anchors(found.read_text(encoding="utf-8"))


def test_every_page_is_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        targets = (link.partition("#")[0] for link in links(path.read_text(encoding="utf-8")))
        waiting += [(path.parent / target).resolve() for target in targets if target and "://" not in target]
    assert [path for path in PAGES if path.is_relative_to(ROOT / "docs") and path not in reached] == []


class Asked:
    """Stands in for the environment: remembers which variables are asked for, and their defaults."""

    def __init__(self, **variables: str) -> None:
        self.variables = variables
        self.defaults: dict[str, object] = {}

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        def read(name: str, default: object = None) -> Any:
            self.defaults[name] = default
            with pytest.MonkeyPatch.context() as patch:
                patch.delenv(name, raising=False)
                if name in self.variables:
                    patch.setenv(name, self.variables[name])
                return getattr(Env(), kind)(name, *([] if default is None else [default]))

        return read


def test_the_settings_page_lists_every_variable_and_its_default():
    development, production = Asked(), Asked(**PRODUCTION)
    Environment.read(development)
    Environment.read(production)

    listed = table(SETTINGS, "variable").rows
    assert sorted(names(listed)) == sorted({*production.defaults, *development.defaults})
    plain = {bare(row[0]): bare(row[1]) for row in listed if re.fullmatch(r"`\w+`", row[1])}
    assert plain == {
        "DATABASE_POOL_MAX": "0",
        "SEARCH_TIMEOUT": "10",
        "TRUSTED_PROXIES": "0",
        "EXPORT_TIMEOUT": "3600",
        "EXPORTS_PER_PROCESS": "2",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "text",
    }
    assert {name: str(development.defaults[name]) for name in plain} == plain


def test_every_setting_of_production_is_explained_where_it_is_run():
    wanted = re.search(r"```sh\n(.*?)```", page("docs/how-to/run-in-production.md"), re.DOTALL)
    assert wanted
    variables = dict(line.split("=", 1) for line in wanted[1].splitlines())
    # `make django-checks` runs the deployment check with the same ones.
    checked = set(re.findall(r"\b([A-Z_]+)=", page("scripts/check-django").rpartition("`check` opens no")[2]))
    assert {*checked, "BACKOFFICE_DATA_DIR"} == set(variables)
    assert Environment.read(Asked(**variables)).production  # type: ignore[arg-type]


def our_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if str(app).partition(".")[0] in ROOMS)


def arguments(parser: ArgumentParser) -> Iterator[str]:
    """What a command takes beside what every command of Django takes; of options the long name."""
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for nested in action.choices.values():
                yield from arguments(nested)
        elif not action.option_strings:
            yield action.dest
        elif not COMMON_OPTIONS.intersection(action.option_strings):
            yield action.option_strings[-1]


def test_the_commands_page_has_every_command():
    headings = re.findall(r"^### `(\w+)`$", page(COMMANDS), re.MULTILINE)
    assert sorted(headings) == our_commands()


@pytest.mark.parametrize("name", our_commands())
def test_the_commands_page_has_every_argument(name: str):
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    listed = next((found.rows for found in tables(page(COMMANDS)) if found.heading == name), ())
    # psql passes its arguments on; the text above the table says so.
    assert sorted(names(listed)) == sorted(set(arguments(parser)) - {"arguments"})


def test_the_error_codes_page_is_the_catalogue():
    listed = {int(row[0]): row for found in tables(page(ERRORS)) for row in found.rows}
    expected = {
        entry.code: (str(entry.code), entry.type, str(entry.status), str(entry.meaning), str(entry.remedy))
        for entry in catalogue.BY_CODE.values()
    }
    assert listed == expected


def test_the_page_of_the_recycle_bin_has_every_policy_and_state():
    """Its relations are printed by a command, and tested with it."""
    assert names(table(BIN_PAGE, "policy").rows) == list(POLICIES)
    assert names(table(BIN_PAGE, "state").rows) == State.values


def test_the_api_page_has_every_scope_and_directive():
    assert [tuple(map(bare, row)) for row in table(LOOKUP_API, "scope").rows] == list(SCOPES.items())
    assert sorted(names(table(LOOKUP_API, "directive").rows)) == sorted(KNOWN)


def test_the_api_page_has_every_action_of_the_change_feed():
    assert sorted(names(table(LOOKUP_API, "action").rows)) == sorted(action for action, _ in ACTIONS)


def test_the_api_page_has_every_endpoint(viewset: type[RecordViewSet]):
    name, endpoints = viewset.endpoints()
    offered = [
        (method, f"/v2/{name}{PATHS[endpoint]}", " ".join(handler.action.scopes))
        for endpoint, view in endpoints.views.items()
        for method, handler in view.handlers.items()  # type: ignore[attr-defined]
    ]
    rows = [tuple(map(bare, row)) for row in table(LOOKUP_API, "method").rows]
    assert {row[3] for row in rows} <= {"all", "all but contacts"}
    listed = [row for row in rows if row[3] == "all" or name != "contacts"]
    assert [tuple(cell.replace(":R", name) for cell in row[:3]) for row in listed] == offered


def members(heading: str, column: str) -> dict[str, str]:
    """What the page says about each member of a resource: the letters of its column."""
    found = table(LOOKUP_API, "member", heading)
    position = found.header.index(column)
    return {bare(row[0]): row[position] for row in found.rows if row[position] != "-"}


def expected_members(read: tuple[str, ...], payload: type[msgspec.Struct], expanded: set[str]) -> dict[str, str]:
    """What the code says about each: those that are read in their order, then the others."""
    written = {field.encode_name for field in msgspec.structs.fields(payload)}
    names = [*read, *sorted(expanded | (written - set(read)))]
    return {name: "r" * (name in read) + "e" * (name in expanded) + "w" * (name in written) for name in names}


def test_the_api_page_has_every_member(viewset: type[RecordViewSet]):
    resource = viewset.resource
    expanded = {"sources", "parent"} | ({"addresses"} if viewset.addresses else set())
    expanded |= {resource.children} if resource.children else set()
    read = shape_of(resource).members

    listed = members("People" if issubclass(resource.model, Person) else "Organisations", resource.name)

    assert listed == expected_members(read, viewset.payload, expanded)
    assert list(listed)[: len(read)] == list(read)


def test_the_api_page_has_every_member_of_an_address():
    listed = members("Addresses", "addresses")

    assert listed == expected_members(ADDRESS_SHAPE.members, AddressPayload, set())
    assert list(listed) == list(ADDRESS_SHAPE.members)


@pytest.mark.parametrize(
    ("column", "payload"), [("member", PricingPayload), ("item", TargetPayload), ("pricing", TermsPayload)]
)
def test_the_api_page_has_every_member_of_a_price(column: str, payload: type[msgspec.Struct]):
    written = {field.encode_name for field in msgspec.structs.fields(payload)}
    assert sorted(names(table(LOOKUP_API, column, "Prices").rows)) == sorted(written)


def test_the_api_page_says_what_becomes_of_deleted_records():
    rows = {bare(row[0]): row[1:] for row in table(LOOKUP_API, "resource", "Deleting").rows}
    refused = {name: catalogue.entry_for(catalogue.NOT_ALLOWED, name) for name in rows}

    assert sorted(rows) == sorted(RESOURCES)
    assert {name: row[2] for name, row in rows.items()} == {
        name: f"{entry.status}, code {entry.code}" for name, entry in refused.items()
    }


def test_what_is_said_to_be_missing_is_missing(client: Client):
    """Whoever builds one of these moves it to its place in the page, and strikes it from the README's status."""

    def code(path: str) -> int:
        return int(client.get(path).json()["error"]["code"])

    unknown = catalogue.NOT_FOUND.code
    assert [name for name in RESOURCES if code(f"/v2/{name}/id/1") == unknown] == []
    missing = ("customers", "customers/search", "customers/batch", "customer-groups")
    answers = {path: client.get(f"/tenants/a/{path}").json()["code"] for path in missing}
    assert answers == dict.fromkeys(missing, "NOT_FOUND")


def test_the_tenant_api_page_has_every_endpoint():
    offered = [
        (method, f"/{endpoint.path}".replace("{", ":").replace("}", ""), operation.permission)
        for endpoint in ENDPOINTS
        for method, operation in endpoint.operations.items()
    ]
    assert [tuple(map(bare, row[:3])) for row in table(TENANT_API, "method").rows] == offered


def test_the_tenant_api_page_is_the_catalogue():
    listed = {bare(row[0]): row for row in table(TENANT_API, "code", "Errors").rows}
    assert listed == {
        entry.code: (f"`{entry.code}`", str(entry.status), str(entry.meaning), str(entry.remedy))
        for entry in problems.PROBLEMS
    }
    faults = {bare(row[0]): row[1] for row in table(TENANT_API, "code of a member").rows}
    assert faults == {code: str(meaning) for code, meaning in problems.FAULTS.items()}


def test_the_api_page_has_every_filter_and_parameter_of_a_list(viewset: type[RecordViewSet]):
    resource = viewset.resource
    reaches = {
        "all": True,
        "all but usergroups": resource.name != "usergroups",
        "people": issubclass(resource.model, Person),
    }
    listed = [bare(row[0]) for row in table(LOOKUP_API, "filter").rows if reaches[row[1]]]
    assert sorted(listed) == sorted(filter_members(resource))
    (sort,) = (row[2] for row in table(LOOKUP_API, "beside the filters").rows if row[0] == "`sort`")
    assert set(re.findall("`([a-zA-Z]+)`", sort)) >= {one for one in sorts(resource) if one[0] != "-"}
    beside = {bare(row[0]): row[1] for row in table(LOOKUP_API, "beside the filters").rows}
    assert beside == {"page": "1", "offset": str(PAGE_SIZE), "sort": "`id`", "expands": "", "cursor": ""}
    assert sorted(beside) == sorted(PARAMETERS)
    assert f"at most {MAX_PAGE_SIZE:,} |" in page(LOOKUP_API)
    assert f"1 to {MAX_VALUES:,}\nvalues" in page(LOOKUP_API)
    assert f"exact up to {COUNTED:,}" in page(LOOKUP_API)


def test_the_decisions_are_numbered_and_listed():
    files = sorted(path.name for path in (ROOT / DECISIONS).glob("[0-9]*.md"))
    listed = re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", page(f"{DECISIONS}/README.md"))
    assert listed == files
    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for name in files:
        text = page(f"{DECISIONS}/{name}")
        assert text.startswith(f"# {name[:4]}: ")
        parts = re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE)
        wanted = ["What we faced.", "What we chose.", "What it costs.", "What would make us choose again."]
        assert [part for part in parts if part in wanted] == wanted, name
