import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from headstart.domain.value import NotMeasured, Score
from headstart.judge.shares import share


@given(st.lists(st.booleans(), min_size=1, max_size=400))
def test_the_interval_is_wilsons(flags: list[bool]) -> None:
    found = share(flags)
    assert isinstance(found, Score)
    wanted = binomtest(sum(flags), len(flags)).proportion_ci(0.95, method="wilson")
    assert found.mean == sum(flags) / found.n
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-6)


def test_nothing_counted_is_no_share_of_zero() -> None:
    assert isinstance(share([]), NotMeasured)
