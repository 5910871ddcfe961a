"""Who may reach what: objects of others, functions for administrators, fields nobody may set."""

import pytest

from pytest_readiness import P0, Domain, Phase, check, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "foreign-object-access",
    P0,
    effect="intrusive",
    refs=("AUT-04", "API1:2023", "ASVS 8.2.2", "CWE-639"),
)
@pytest.mark.parametrize("way", ["read", "change", "remove"])
def test_objects_are_for_their_owner(way, possessions):
    """A user cannot read, change or remove an object of another user.

    Why: whoever is logged in walks through everybody's data by counting up an id, and ids leak
        through links and logs where they cannot be counted.
    Fix: look the object up together with its owner, `where(Item.id == item_id, Item.owner_id ==
        user.id)`, and answer 404 where there is none; name what is open to everybody on purpose
        as `public:` in readiness.yaml.
    """
    attempts = possessions.attempts(way)
    reached = [each for each in attempts if each.succeeded]
    assert not reached, (
        f"{len(reached)} of {len(attempts)} operations {way} what belongs to somebody else."
        f" {reached[0].operation}: {reached[0].seen}"
    )


@check(
    "foreign-tenant-access",
    P0,
    effect="intrusive",
    refs=("AUT-16", "API1:2023", "ASVS 8.4.1", "CWE-639"),
)
@pytest.mark.parametrize("way", ["read", "change", "remove"])
def test_objects_are_for_their_tenant(way, tenant_possessions):
    """A user of one tenant cannot read, change or remove an object of another tenant.

    Why: customers who share a system trust that it keeps them apart; one query without its tenant
        shows everybody's data to everybody.
    Fix: filter by the tenant of the session where every query passes (row-level security of
        PostgreSQL, a default scope of the ORM), and never by an id that the request names.
    """
    attempts = tenant_possessions.attempts(way)
    reached = [each for each in attempts if each.succeeded]
    assert not reached, (
        f"{len(reached)} of {len(attempts)} operations {way} what belongs to another tenant."
        f" {reached[0].operation}: {reached[0].seen}"
    )


@check(
    "admin-function-access",
    P0,
    effect="intrusive",
    refs=("AUT-05", "API5:2023", "ASVS 8.2.1", "CWE-285"),
)
def test_functions_for_administrators_are_refused(functions):
    """An ordinary user is refused what is for administrators.

    Why: hiding a button hides nothing; the path stands in the document or is guessed, and one
        call lists all users or changes anybody's rights.
    Fix: check the role where the route is declared (a dependency of the whole admin router), and
        refuse by default.
    """
    for each in functions.open:
        assert not each.open, (
            f"{each.operation}, one of {functions.declared} for administrators, serves an ordinary"
            f" user: {each.user.summary}"
        )
    functions.require_control()


@check(
    "mass-assignment",
    P0,
    effect="intrusive",
    refs=("AUT-06", "API3:2023", "ASVS 15.3.3", "CWE-915"),
)
@pytest.mark.parametrize("way", ["registering", "changing"])
def test_nobody_sets_their_own_privileges(way, privileges):
    """Fields such as role, is_admin or balance cannot be set by the account itself.

    Why: a body that is written into the record as it comes makes everybody an administrator who
        adds one field to it.
    Fix: name the fields that a request may set (a schema of its own with `extra="forbid"`,
        `permit(:name)`, a DTO), and set the others in code.
    """
    attempts = privileges.by_registering() if way == "registering" else privileges.by_changing()
    for each in attempts:
        assert not each.granted, (
            f"{each.request} with {', '.join(each.asked)} in its body was answered"
            f" {each.answer.summary}, and the account then has {each.granted}"
        )


@check(
    "foreign-account-change",
    P0,
    effect="intrusive",
    refs=("AUT-04", "API1:2023", "ASVS 8.2.2", "CWE-639", "CWE-620"),
)
def test_accounts_are_changed_by_their_owner(accounts):
    """A user cannot change the password or the data of another user's account.

    Why: an operation that takes the name of the account from the path, and only asks whether
        somebody is logged in, hands every account to every user.
    Fix: take the account from the token, not from the path; where administrators may change
        others, check their role. Ask for the old password before a new one is set.
    """
    attempts = accounts.intrusions()
    reached = [each for each in attempts if each.succeeded]
    assert not reached, (
        f"{len(reached)} of {len(attempts)} operations on accounts serve another user:"
        f" {reached[0].seen}"
    )


@check("disclosed-password", P0, refs=("API3:2023", "ASVS 15.3.1", "CWE-200", "CWE-522"))
def test_answers_show_no_password(disclosures):
    """No answer shows a password or its hash.

    Why: whoever may read the answer has every account in it, and those that people opened with
        the same password elsewhere; a hash is guessed offline.
    Fix: answer with a schema that names what a reader needs (`response_model=UserPublic`, a DTO,
        `to_dict(only=...)`), never with the record as it is stored; take debug routes out.
    """
    found = disclosures.found
    assert not found, (
        f"{len(found)} of {disclosures.answered} answers show a password. {found[0].operation}"
        f" shows {found[0].asked_by} {found[0].what}"
    )
