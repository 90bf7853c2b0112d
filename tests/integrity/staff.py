"""What the back office does meanwhile, in processes of their own: delete, restore, import, rebuild search texts.

Nothing of the product is imported before ``work`` has said which database it is about.
"""

import os
import random
import time
from collections import Counter
from typing import Any


def work(database: str, tenant: int, staff: int, seed: int, seconds: float) -> Counter[str]:
    """Do random things with the records of a tenant for so many seconds. Gives how often each was done."""
    os.environ |= {"DATABASE_URL": database, "BACKOFFICE_MODE": "development", "LOG_LEVEL": "ERROR"}
    import django

    django.setup()
    from django.db import connection

    try:
        return _work(tenant, staff, random.Random(seed), time.monotonic() + seconds)
    finally:
        connection.close()


def _work(tenant_id: int, staff_id: int, dice: random.Random, end: float) -> Counter[str]:
    from addresses.models import Address
    from records.rebuilding import rebuild_search_text
    from records.resources import resource_named
    from records.rows import ParentKey
    from records.search_index import take_in
    from records.upsert import upsert
    from records.writing import Moved
    from recyclebin.errors import NothingLive
    from recyclebin.models import Deletion
    from recyclebin.verbs import delete, restore
    from tenants.actors import staff_actor, system_actor
    from tenants.models import StaffAccount, Tenant
    from tests.integrity.traffic import KEYS, PARENTS, RESOURCES, TEXT
    from tests.records.sending import home, row

    tenant, staff = Tenant.objects.get(pk=tenant_id), StaffAccount.objects.get(pk=staff_id)
    actor, system = staff_actor(staff, tenant), system_actor(tenant, "nightly import")
    done: Counter[str] = Counter()
    columns = {"lastName": "last_name", "name": "name"}

    def some(model: Any, most: int) -> Any:
        ids = list(model.objects.for_tenant(tenant).values_list("pk", flat=True))
        return model.objects.filter(pk__in=dice.sample(ids, min(len(ids), dice.randrange(1, most))))

    while time.monotonic() < end:
        resource = resource_named(dice.choice(RESOURCES))
        match dice.choices(["delete", "restore", "import", "rebuild", "take in"], [3, 5, 4, 1, 1])[0]:
            case "delete":
                models = {resource.model, resource_named(dice.choice(RESOURCES)).model, Address}
                try:
                    told = delete(roots=[some(model, 4) for model in models], actor=actor, reason="too many")
                except NothingLive:
                    continue
                done["deleted"] += len(told.deletions)
            case "restore":
                binned = list(Deletion.objects.binned().for_tenant(tenant).values_list("pk", flat=True))
                chosen = dice.sample(binned, min(len(binned), dice.randrange(1, 8)))
                result = restore(deletions=chosen, actor=actor, with_owners=dice.random() < 0.5)
                done["restored"] += len(result.restored)
                done["not restored"] += len(result.failed)
            case "import":
                rows = [
                    row(
                        f"K-{name}",
                        resource=resource,
                        parent=ParentKey(source="ERP", source_id=f"K-{dice.randrange(KEYS)}"),
                        addresses=(home(source="ERP", source_id=f"A-{dice.randrange(12)}"),)
                        if resource.address_field and dice.random() < 0.5
                        else (),
                        **{columns[TEXT[resource.name]]: f"import {dice.random()}"},
                    )
                    for name in dice.sample(range(KEYS), 12)
                ]
                try:
                    outcomes = upsert(resource=resource, rows=rows, actor=system, chunk=4)
                except Moved:
                    done["import that has to be repeated"] += 1
                    continue
                done["imported"] += sum(outcome.success for outcome in outcomes)
            case "rebuild":
                done["rebuilt"] += sum(1 for _ in rebuild_search_text(resource, chunk=7))
            case "take in":
                done["taken in"] += take_in(batch=dice.choice([10, 20_000]))
    assert set(PARENTS) == set(RESOURCES)
    return done
