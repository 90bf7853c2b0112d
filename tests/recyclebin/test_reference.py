"""``docs/reference/recycle-bin.md`` is what the code declares, and says it so that people understand."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.test.utils import isolate_apps

from recyclebin.models import Deletion
from recyclebin.policies import graph, graph_of
from recyclebin.reference import effects, page, rules
from tests.docs.markdown import ROOT, table

PAGE = "docs/reference/recycle-bin.md"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("recycle_bin_reference", *arguments, stdout=out)
    return out.getvalue()


def test_the_page_is_what_the_command_prints():
    assert (ROOT / PAGE).read_text(encoding="utf-8") == run()
    assert run("--check") == ""


def test_the_language_of_who_writes_it_does_not_matter(settings):
    settings.LANGUAGE_CODE = "nl"
    assert page() == (ROOT / PAGE).read_text(encoding="utf-8")


def test_writing_and_checking(settings, tmp_path: Path):
    settings.BASE_DIR = tmp_path
    (tmp_path / PAGE).parent.mkdir(parents=True)

    for before in (None, "# Recycle bin\n"):
        if before:
            (tmp_path / PAGE).write_text(before)
        with pytest.raises(CommandError) as refused:
            run("--check")
        assert str(refused.value) == f"{PAGE} is out of date: manage.py recycle_bin_reference --write"
    assert run("--write") == f"Wrote {PAGE}.\n"
    assert (tmp_path / PAGE).read_text(encoding="utf-8") == page()


def test_every_relation_and_every_type_has_its_line():
    links = [(f"`{link}`", f"`{link.owner._meta.label}`", f"`{link.policy}`") for link in graph().links]
    assert [row[:3] for row in table(PAGE, "link").rows] == links
    assert [row[1] for row in table(PAGE, "record").rows] == [f"`{name}`" for name in graph().by_type]


def test_what_deleting_a_company_and_a_usergroup_does():
    lines = {row[0]: row[2:] for row in table(PAGE, "record").rows}
    assert lines["company"] == ("addresses, contacts (with prices) and prices", "none", "none")
    assert lines["usergroup"] == ("addresses and prices", "companies, customers, users and usergroups", "none")


@isolate_apps("records")
def test_a_new_relation_is_on_the_page_by_itself():
    def binnable(name: str, **attributes: object) -> type[models.Model]:
        meta = type("Meta", (), {"app_label": "records", "verbose_name": name.lower()})
        deletion = models.ForeignKey(Deletion, models.PROTECT, null=True, related_name="+")
        return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, "deletion": deletion} | attributes)

    def key(to: type[models.Model]) -> models.Field:
        return models.ForeignKey(to, models.PROTECT, null=True, related_name="+")

    shelf = binnable("Shelf")
    box = binnable("Box", shelf=key(shelf), bin_policies={"shelf": "along"})
    label = binnable("Label", box=key(box), shelf=key(shelf), bin_policies={"box": "keep", "shelf": "block"})
    tag = binnable("Tag", box=key(box), bin_policies={"box": "along"})
    found = graph_of([shelf, box, label, tag])

    assert {str(rule.link): rule.meaning for rule in rules(found)} == {
        "records.Box.shelf": "When the shelf is deleted, its boxs go along and come back with it.",
        "records.Label.box": (
            "When the box is deleted, the labels whose box it is stay and keep the link. They show no box until it is"
            " restored."
        ),
        "records.Label.shelf": "The shelf cannot be deleted as long as one of its labels is live.",
        "records.Tag.box": "When the box is deleted, its tags go along and come back with it.",
    }
    assert {effect.type: (effect.along, effect.stay, effect.block) for effect in effects(found)} == {
        "records.shelf": ("boxs (with tags)", "", "labels"),
        "records.box": ("tags", "labels", ""),
        "records.label": ("", "", ""),
        "records.tag": ("", "", ""),
    }
