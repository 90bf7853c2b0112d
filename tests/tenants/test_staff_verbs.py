"""Create a tenant, a staff account, a membership; change a password: the verbs."""

import pytest
from django.core.exceptions import ValidationError

from tenants.actors import staff_actor, system_actor
from tenants.errors import PermissionDenied
from tenants.models import Membership, StaffAccount, Tenant
from tenants.verbs import change_password, create_staff, create_tenant, remove_staff
from tests.factories import make_staff

GOOD = "winterdorp-lange-weg"


def roles() -> list[tuple[str, str, str]]:
    return sorted(Membership.objects.values_list("staff__email", "tenant__uid", "role"))


@pytest.mark.django_db
def test_a_tenant_is_created() -> None:
    create_tenant(uid="north", name="Shops of the North", country="no", currency="nok")

    assert list(Tenant.objects.values_list("uid", "name", "country", "currency")) == [
        ("north", "Shops of the North", "NO", "NOK")
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("uid", "name", "field"),
    [
        ("north!", "North", "uid"),
        ("north\n", "North", "uid"),
        ("", "North", "uid"),
        ("taken", "North", "uid"),
        ("north", "", "name"),
    ],
)
def test_a_tenant_with_a_bad_or_taken_uid_or_no_name_is_refused(uid, name, field) -> None:
    create_tenant(uid="taken", name="Taken")

    with pytest.raises(ValidationError) as refused:
        create_tenant(uid=uid, name=name)

    assert list(refused.value.message_dict) == [field]
    assert list(Tenant.objects.values_list("uid", flat=True)) == ["taken"]


def test_a_new_address_gets_an_account_with_a_role(tenant_a) -> None:
    actor = system_actor(tenant_a, "test")

    change = create_staff(actor=actor, email=" Nora@Shops.Example ", role="editor", password=GOOD, display_name="Nora")

    account = StaffAccount.objects.get()
    assert (change.account, change.created, change.role_before) == (account, True, None)
    assert (account.email, account.display_name, account.is_superuser) == ("nora@shops.example", "Nora", False)
    assert account.password.startswith("argon2$")
    assert account.check_password(GOOD)
    assert roles() == [("nora@shops.example", "a", "editor")]


def test_an_account_that_exists_gets_the_role_and_keeps_its_password(tenant_a, tom) -> None:
    change_password(account=tom, password=GOOD)

    change = create_staff(
        actor=system_actor(tenant_a, "test"), email="TOM@staff.example", role="viewer", password="another-long-one"
    )

    assert (change.account, change.created, change.role_before) == (tom, False, None)
    tom.refresh_from_db()
    assert (tom.display_name, tom.check_password(GOOD)) == ("Tom", True)
    assert roles() == [("tom@staff.example", "a", "viewer"), ("tom@staff.example", "b", "owner")]


def test_a_member_gets_another_role_in_this_tenant_only(tenant_a, tenant_b) -> None:
    make_staff("Eddie", (tenant_a, "editor"), (tenant_b, "editor"))

    change = create_staff(actor=system_actor(tenant_a, "test"), email="eddie@staff.example", role="owner")

    assert (change.created, change.role_before) == (False, "editor")
    assert roles() == [("eddie@staff.example", "a", "owner"), ("eddie@staff.example", "b", "editor")]


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"role": "king"}, {"role": ["Unknown: king. Valid are: viewer, editor, owner."]}),
        ({"password": None}, {"password": ["A new account needs a password."]}),
        ({"password": ""}, {"password": ["A new account needs a password."]}),
        (
            {"password": "password"},
            {
                "password": [
                    "This password is too short. It must contain at least 10 characters.",
                    "This password is too common.",
                ]
            },
        ),
        ({"password": "nora@shops.example"}, {"password": ["The password is too similar to the e-mail."]}),
        ({"email": "nora"}, {"email": ["Enter a valid email address."]}),
        ({"email": ""}, {"email": ["This field cannot be blank."]}),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(tenant_a, changed, errors) -> None:
    values = {"email": "nora@shops.example", "role": "viewer", "password": GOOD} | changed

    with pytest.raises(ValidationError) as refused:
        create_staff(actor=system_actor(tenant_a, "test"), **values)

    assert refused.value.message_dict == errors
    assert (list(StaffAccount.objects.all()), roles()) == ([], [])


@pytest.mark.parametrize("who", ["eddie", "vera", "tom"])
def test_only_an_owner_lets_people_in(cast, tenant_a, who) -> None:
    before = roles()

    with pytest.raises(PermissionDenied, match=r"TENANT\.ADMIN"):
        create_staff(actor=staff_actor(cast[who], tenant_a), email="nora@shops.example", role="viewer", password=GOOD)

    assert roles() == before


def test_an_owner_makes_no_superuser_but_a_superuser_does(actor, olivia, tenant_a) -> None:
    wanted = {"email": "nora@shops.example", "role": "viewer", "password": GOOD, "superuser": True}

    with pytest.raises(PermissionDenied, match="superuser"):
        create_staff(actor=actor, **wanted)
    assert not StaffAccount.objects.filter(is_superuser=True).exists()

    root = make_staff("Root", is_superuser=True)
    create_staff(actor=staff_actor(root, tenant_a), **wanted)
    create_staff(actor=staff_actor(root, tenant_a), email=olivia.email, role="owner", superuser=True)

    supers = StaffAccount.objects.filter(is_superuser=True).values_list("email", flat=True)
    assert sorted(supers) == ["nora@shops.example", "olivia@staff.example", "root@staff.example"]


def test_a_role_given_without_the_superuser_flag_takes_nothing_away(tenant_a) -> None:
    root = make_staff("Root", is_superuser=True)

    create_staff(actor=system_actor(tenant_a, "test"), email=root.email, role="viewer")

    root.refresh_from_db()
    assert root.is_superuser is True


def test_owners_keep_their_own_role_so_that_a_tenant_keeps_an_owner(actor, olivia) -> None:
    with pytest.raises(ValidationError) as refused:
        create_staff(actor=actor, email=olivia.email, role="viewer")

    assert refused.value.message_dict == {"role": ["Nobody changes their own role. Ask another owner."]}
    create_staff(actor=actor, email=olivia.email, role="owner")
    assert roles() == [("olivia@staff.example", "a", "owner")]


def test_removing_someone_ends_the_role_in_this_tenant_only(actor, tenant_a, tenant_b) -> None:
    eddie = make_staff("Eddie", (tenant_a, "editor"), (tenant_b, "editor"))

    remove_staff(actor=actor, membership=eddie.memberships.get(tenant=tenant_a))

    assert roles() == [("eddie@staff.example", "b", "editor"), ("olivia@staff.example", "a", "owner")]


def test_nobody_removes_themselves_or_reaches_into_another_tenant(actor, olivia, eddie, tom, tenant_a) -> None:
    before = roles()

    for who, membership in ((actor, olivia), (actor, tom), (staff_actor(eddie, tenant_a), olivia)):
        with pytest.raises(PermissionDenied):
            remove_staff(actor=who, membership=membership.memberships.get())

    assert roles() == before


def test_changing_a_password_asks_the_validators(vera) -> None:
    change_password(account=vera, password=GOOD)

    with pytest.raises(ValidationError) as refused:
        change_password(account=vera, password="1234567890")

    assert refused.value.message_dict == {
        "password": ["This password is too common.", "This password is entirely numeric."]
    }
    vera.refresh_from_db()
    assert vera.check_password(GOOD)
