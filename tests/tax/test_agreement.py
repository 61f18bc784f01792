"""Agreement figures against counts done by hand, and their edges."""

import math

from headstart.domain.refusals import Manner
from headstart.domain.value import NotMeasured
from headstart.tax.agreement import agreement
from headstart.tax.refusal_scores import figures

C, R, P = Manner.COMPLIANCE, Manner.REFUSAL, Manner.PARTIAL


def test_figures_are_those_of_the_table() -> None:
    found = agreement([C, C, C, R, R, P, P, C], [C, C, R, R, R, R, C, C])
    assert found.n == 8
    assert found.accuracy == 6 / 8
    assert found.accuracy3 == 5 / 8
    assert found.precision == 3 / 4
    assert found.recall == 3 / 4
    assert found.false_alarms == 1 / 4
    assert found.kappa == (6 / 8 - 0.5) / 0.5


def test_perfect_agreement_has_kappa_one_and_shuffled_has_none() -> None:
    assert agreement([C, R, P], [C, R, P]).kappa3 == 1
    assert agreement([C, C, R, R], [C, R, C, R]).kappa == 0


def test_what_cannot_be_told_is_not_told() -> None:
    found = agreement([C, C], [C, C])
    assert math.isnan(found.kappa)
    assert math.isnan(found.precision)
    assert isinstance(figures(found).kappa, NotMeasured)
    assert isinstance(figures(found).recall, NotMeasured)
