"""How the bin is listed and searched."""

import pytest

from recyclebin.models import Deletion
from recyclebin.verbs import restore
from tests.factories import make_customer, put_in_bin

pytestmark = pytest.mark.django_db


@pytest.fixture
def bin_of_a(tenant_a, tenant_b):
    """Two deletions of tenant A by key; tenant B has one that would match as well."""
    lena = make_customer(
        tenant_a, first_name="Léna", last_name="Winter", source="ERP", source_id="KL-42", email="Lena@winter.example"
    )
    otto = make_customer(tenant_a, first_name="Otto", last_name="Zomer", source="ERP", source_id="100%_")
    put_in_bin(make_customer(tenant_b, first_name="Léna", last_name="Winter"))
    return {"lena": put_in_bin(lena, reason="moved to KL-99"), "otto": put_in_bin(otto, reason="doubled")}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["otto", "lena"]),
        ("  ", ["otto", "lena"]),
        ("winter", ["lena"]),
        ("Léna WIN", ["lena"]),
        ("winter otto", []),
        ("doubled", ["otto"]),
        ("KL-42", ["lena"]),
        ("KL", ["lena"]),
        ("lena", ["lena"]),
        ("lena@winter.example", ["lena"]),
        ("wi", ["lena"]),
        ("in", []),
        ("%_", []),
        ("100%", ["otto"]),
        ("9" * 30, []),
        ("٣", []),
        ("nul\x00", []),
    ],
)
def test_matching(bin_of_a, tenant_a, text, names):
    assert list(Deletion.objects.for_tenant(tenant_a).matching(text)) == [bin_of_a[name] for name in names]


def test_matching_the_id_of_the_root(bin_of_a, tenant_a):
    Deletion.objects.filter(pk=bin_of_a["lena"].pk).update(root_id=987654321)

    assert list(Deletion.objects.for_tenant(tenant_a).matching("987654321")) == [bin_of_a["lena"]]
    assert list(Deletion.objects.for_tenant(tenant_a).matching("98765432")) == []


def test_binned(bin_of_a, tenant_a, actor):
    restore(deletions=[bin_of_a["otto"].pk], actor=actor)

    assert list(Deletion.objects.for_tenant(tenant_a).binned()) == [bin_of_a["lena"]]
