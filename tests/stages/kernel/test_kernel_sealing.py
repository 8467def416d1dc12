import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhitong.kernel import sealing

NUMBER = "13073019900101123X"


@given(st.text(min_size=0, max_size=40))
def test_what_was_sealed_comes_back(text):
    assert sealing.unseal(sealing.seal(text, purpose="identity"), purpose="identity") == text


def test_equal_values_are_sealed_differently_and_printed_alike():
    first, second = sealing.seal_many([NUMBER, NUMBER], purpose="identity")
    prints = sealing.prints_of([NUMBER, NUMBER], purpose="identity")

    assert first != second
    assert prints[0] == prints[1]
    assert len(prints[0]) == sealing.PRINT_BYTES
    assert NUMBER.encode() not in first


def test_a_print_depends_on_what_it_is_for():
    assert sealing.print_of("1", purpose="identity") != sealing.print_of("1", purpose="phone")


@pytest.mark.parametrize("at", [0, 1, 15, -1])
def test_an_altered_value_is_not_read(at):
    blob = bytearray(sealing.seal(NUMBER, purpose="identity"))
    blob[at] ^= 1

    with pytest.raises(sealing.Unreadable):
        sealing.unseal(bytes(blob), purpose="identity")


def test_a_value_moved_to_another_field_is_not_read():
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealing.seal(NUMBER, purpose="identity"), purpose="phone")


def test_an_empty_blob_is_not_read():
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(b"", purpose="phone")
