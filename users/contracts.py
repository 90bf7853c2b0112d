"""The declarations of users and usergroups as resources (lookup API contract, section 3)."""

from records import cleaning
from records.payloads import PERSON_COLUMNS
from records.people import Budget, OrderListAllowAll, YesNo
from records.resources import Column, Parent, Resource, register

ORGANISATION_COLUMNS = (
    Column("name", "name", search="full_name"),
    Column("language", "language"),
    Column("department", "department"),
    Column("office", "office"),
    Column("notes", "notes", clean=cleaning.notes, max_length=4000),
    Column("inherit_product_list", "inheritProductList", clean=cleaning.one_of(YesNo.values), neutral="Y"),
    Column("inherit_order_list", "inheritOrderList", clean=cleaning.one_of(YesNo.values), neutral="Y"),
    Column("budget", "budget", clean=cleaning.one_of(Budget.values), neutral="N"),
    Column("budget_inherit", "budgetInherit", clean=cleaning.one_of(YesNo.values), neutral="Y"),
    Column("order_list_allow_all", "orderListAllowAll", clean=cleaning.one_of(OrderListAllowAll.values), neutral="U"),
)
"""What usergroups and companies share."""

USERGROUPS = register(
    Resource(
        name="usergroups",
        noun="Usergroup",
        model_label="users.Usergroup",
        columns=(*ORGANISATION_COLUMNS, Column("company", "company", search="company")),
        parent=Parent("parent", "usergroups"),
        address_field="usergroup",
    )
)

USERS = register(
    Resource(
        name="users",
        noun="User",
        model_label="users.User",
        columns=(
            *PERSON_COLUMNS,
            Column("full_name", "fullName", search="full_name"),
            Column("company", "company", search="company"),
            Column("tax_number", "taxNumber", search="tax_number"),
            Column("coc_number", "cocNumber"),
        ),
        parent=Parent("usergroup", "usergroups"),
        address_field="user",
        numbered=True,
    )
)
