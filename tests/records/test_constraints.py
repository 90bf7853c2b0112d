"""Unique constraints that see the recycle bin, and what they tell (design section 4)."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from records.constraints import UniqueInBinToo
from tests.factories import FACTORIES, make_record, put_in_bin

pytestmark = pytest.mark.django_db

every_model = pytest.mark.parametrize("model", list(FACTORIES), ids=lambda model: model.__name__)

MESSAGES = {
    "live": "Another record holds this key.",
    "binned": "A record in the recycle bin holds this key. Restore it, or delete it permanently first.",
    "erased": "An erased record holds this key. It stays reserved.",
}
KEYS = {"pair": {"source": "ERP", "source_id": "K"}, "uid": {"uid": "anna"}}


def hold(model, tenant, state, **key):
    """A record of the tenant that holds a key."""
    record = make_record(model, tenant, **key)
    if state == "binned":
        put_in_bin(record)
    elif state == "erased":
        model.everything.filter(pk=record.pk).update(erased_at=timezone.now())
    return record


def told(instance, **options):
    """What the constraints of a record say, each in its own words."""
    messages = []
    for constraint in instance._meta.constraints:
        if isinstance(constraint, UniqueInBinToo):
            try:
                constraint.validate(type(instance), instance, **options)
            except ValidationError as error:
                messages += error.messages if error.code == "unique" else [error]
    return messages


@every_model
@pytest.mark.parametrize("state", MESSAGES)
@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_is_held(model, state, key, tenant_a, tenant_b):
    hold(model, tenant_a, state, **KEYS[key])

    assert told(model(tenant=tenant_a, **KEYS[key])) == [MESSAGES[state]]
    assert told(model(tenant=tenant_b, **KEYS[key])) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        make_record(model, tenant_a, **KEYS[key])


@every_model
def test_a_record_may_keep_its_own_key(model, tenant_a):
    record = make_record(model, tenant_a, **KEYS["pair"], **KEYS["uid"])

    assert told(record) == []
    record.source = "SHOP"
    assert told(record) == []


@every_model
def test_no_key_is_held_by_everybody(model, tenant_a):
    make_record(model, tenant_a)
    assert told(model(tenant=tenant_a)) == []
    assert told(model(tenant=tenant_a, source="ERP")) == []


@every_model
@pytest.mark.parametrize(
    "other", [{"source": "SHOP"}, {"source_id": "k"}, {"source_id": "K "}, {"source_id": "\uff2b"}]
)
def test_keys_are_compared_exactly(model, other, tenant_a):
    hold(model, tenant_a, "live", **KEYS["pair"])
    assert told(model(tenant=tenant_a, **KEYS["pair"] | other)) == []


@every_model
def test_forms_that_leave_a_column_out_skip_it(model, tenant_a):
    hold(model, tenant_a, "live", **KEYS["pair"], **KEYS["uid"])
    instance = model(tenant=tenant_a, **KEYS["pair"], **KEYS["uid"])

    assert told(instance, exclude={"source_id"}) == [MESSAGES["live"]]
    assert told(instance, exclude={"uid", "source"}) == []
    assert told(instance, exclude={"tenant"}) == [MESSAGES["live"]] * 2


@every_model
def test_full_clean_tells_it_in_the_readers_language(model, tenant_a):
    hold(model, tenant_a, "binned", **KEYS["pair"])
    instance = model(tenant=tenant_a, **KEYS["pair"])

    with translation.override("en"), pytest.raises(ValidationError) as refused:
        instance.validate_constraints()

    assert MESSAGES["binned"] in refused.value.message_dict["__all__"]


@every_model
@pytest.mark.parametrize("half", [{"source": "ERP"}, {"source_id": "K"}])
def test_a_key_is_whole_or_none(model, half, tenant_a):
    with pytest.raises(ValidationError) as refused:
        model(tenant=tenant_a, **half).validate_constraints()
    assert "Fill in both the source and the source id, or neither." in refused.value.messages
    with pytest.raises(IntegrityError), transaction.atomic():
        make_record(model, tenant_a, **half)


@every_model
def test_the_database_names_every_constraint(model):
    """What the models declare is what the database has, by name."""
    declared = {constraint.name for constraint in model._meta.constraints}

    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)

    assert declared - set(found) == set()
    assert {f"{model._meta.model_name}_key", f"{model._meta.model_name}_uid"} <= declared
