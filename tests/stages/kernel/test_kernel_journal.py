import pytest
from django.db import transaction

from zhitong.kernel import journal
from zhitong.kernel.models import JournalEntry

pytestmark = pytest.mark.django_db


def record(now, subject="batch 1", **details):
    return journal.record(actor=None, verb="admit", subject=subject, now=now, details=details)


def test_an_untouched_chain_has_no_altered_entry(now):
    for number in range(3):
        record(now, rows=number)

    assert journal.first_altered() is None


def test_an_altered_entry_is_found(now):
    entries = [record(now, rows=number) for number in range(3)]
    JournalEntry.objects.filter(pk=entries[1].pk).update(details={"rows": 99})

    assert journal.first_altered().pk == entries[1].pk


def test_a_removed_entry_is_found_at_the_next(now):
    entries = [record(now, rows=number) for number in range(3)]
    entries[1].delete()

    assert journal.first_altered().pk == entries[2].pk


@pytest.mark.django_db(transaction=True)
def test_an_entry_needs_the_transaction_of_its_write(now):
    with pytest.raises(transaction.TransactionManagementError):
        record(now)
