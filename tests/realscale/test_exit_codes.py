"""What a command ends with, and what it tells then."""

import pytest

from identifiability.learning import Diverged
from realscale.data.errors import DataError, MissingData
from realscale.exit_codes import exit_code


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (MissingData("no pictures"), 1, "error: no pictures\n"),
        (Diverged("step 3"), 1, "error: step 3\n"),
        (DataError("a torn archive"), 2, "error: a torn archive\n"),
        (RuntimeError("no such model"), 2, "error: no such model\n"),
        (KeyboardInterrupt(), 130, "interrupted; go on\n"),
    ],
)
def test_what_went_wrong_is_told_and_decides_the_code(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> None:
        raise error

    assert exit_code(run, interrupted="interrupted; go on") == code
    assert capsys.readouterr() == ("", told)


def test_a_command_that_ends_well_tells_nothing_and_a_fault_of_ours_keeps_its_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_code(lambda: "a result", interrupted="") == 0
    assert capsys.readouterr() == ("", "")
    with pytest.raises(KeyError):
        exit_code(lambda: {}["absent"], interrupted="")
