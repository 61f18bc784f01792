from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.domain.plan import TokenView
from headstart.report.mask import MOST_ROWS, mask_line, mask_table


def example(trained, text="t"):
    return [TokenView(text=f"{text}{i}", id=i, trained=flag) for i, flag in enumerate(trained)]


def test_trained_tokens_stand_between_brackets():
    assert mask_line(example([False, True, True, False])) == "t0⟦t1t2⟧t3"


def test_brackets_and_backslashes_of_a_token_cannot_be_taken_for_ours():
    tokens = [TokenView(text="⟦\\n\n⟧", id=1, trained=False)]
    assert mask_line(tokens) == r"\u27e6\\n\n\u27e7"


def test_a_short_example_is_shown_whole():
    lines = mask_table(example([i % 2 == 0 for i in range(MOST_ROWS)]))
    assert len(lines) == MOST_ROWS + 1


def test_of_a_long_example_head_and_surroundings_of_the_trained_part_are_shown():
    flags = [False] * 300 + [True] * 4 + [False] * 2
    lines = mask_table(example(flags))
    assert [line.split()[0] for line in lines[1:17]] == [str(i) for i in range(1, 17)]
    assert lines[17] == "… 276 tokens left out, not trained …"
    assert lines[18].split()[0] == "293"
    assert sum(line.endswith("yes") for line in lines) == 4
    assert lines[-1].split()[0] == "306"


def test_of_a_long_trained_stretch_both_ends_are_shown():
    lines = mask_table(example([True] * 1000))
    assert len(lines) < MOST_ROWS
    assert sum("left out, trained" in line for line in lines) == 1
    assert lines[-1].split()[0] == "1000"


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=400))
def test_shown_and_left_out_tokens_add_up(flags):
    shown = left_out = 0
    for line in mask_table(example(flags))[1:]:
        if line.startswith("…"):
            left_out += int(line.split()[1])
        else:
            shown += 1
    assert shown + left_out == len(flags)


def test_long_stretches_are_cut_inside_the_line():
    line = mask_line(example([False] * 100 + [True]))
    assert line.startswith("t0t1")
    assert " …76 tokens… " in line
    assert line.endswith("t99⟦t100⟧")
