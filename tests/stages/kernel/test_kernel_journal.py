import pytest
from django.db import DatabaseError, connection, transaction

from zhitong.kernel import journal
from zhitong.kernel.models import JournalEntry

pytestmark = pytest.mark.django_db


def record(now, subject="batch 1", **details):
    return journal.record(actor=None, verb="admit", subject=subject, now=now, details=details)


def test_an_untouched_chain_has_no_altered_entry(now):
    for number in range(3):
        record(now, rows=number)

    assert journal.first_altered() is None


@pytest.fixture
def unguarded():
    """As for an intruder with the rights of the tables' owner."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_journalentry DISABLE TRIGGER append_only")


def test_an_altered_entry_is_found(now, unguarded):
    entries = [record(now, rows=number) for number in range(3)]
    JournalEntry.objects.filter(pk=entries[1].pk).update(details={"rows": 99})

    assert journal.first_altered().pk == entries[1].pk


def test_an_altered_address_is_found(now, unguarded):
    with journal.coming_from("192.0.2.7"):
        entry = record(now)
    JournalEntry.objects.filter(pk=entry.pk).update(address="192.0.2.8")

    assert journal.first_altered().pk == entry.pk


def test_an_entry_says_where_its_actor_worked_from(now):
    with journal.coming_from("2001:db8::1"):
        inside = record(now)
    outside = record(now)

    assert (inside.address, outside.address) == ("2001:db8::1", None)
    assert journal.first_altered() is None
    assert journal.head() == (2, outside.digest)


@pytest.mark.parametrize("attack", ["update", "delete"])
def test_the_database_refuses_to_alter_or_remove_an_entry(now, attack):
    entry = record(now)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        if attack == "update":
            JournalEntry.objects.filter(pk=entry.pk).update(verb="none")
        else:
            entry.delete()


def test_a_removed_entry_is_found_at_the_next(now, unguarded):
    entries = [record(now, rows=number) for number in range(3)]
    entries[1].delete()

    assert journal.first_altered().pk == entries[2].pk


@pytest.mark.django_db(transaction=True)
def test_an_entry_needs_the_transaction_of_its_write(now):
    with pytest.raises(transaction.TransactionManagementError):
        record(now)
