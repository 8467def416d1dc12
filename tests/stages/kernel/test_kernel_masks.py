import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhitong.kernel import masks


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张*"), ("张小三", "张*三"), ("欧阳小三", "欧**三"), ("张", "张"), ("", "")],
)
def test_names(name, shown):
    assert masks.name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("130730199001011234", "1307**********1234"), ("E12345678", "E1*****78"), ("123", "***")],
)
def test_documents(number, shown):
    assert masks.identity(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("13812345678", "138****5678"), ("5551234", "*******")]
)
def test_telephones(number, shown):
    assert masks.phone(number) == shown


@given(st.text(alphabet="0123456789", min_size=5, max_size=20))
def test_a_mask_keeps_the_length_and_hides_at_least_a_third(number):
    shown = masks.identity(number)

    assert len(shown) == len(number)
    assert shown.count("*") * 3 >= len(number)
