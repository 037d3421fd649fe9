"""The command line: one document, exit codes, bad input, resume; each by a tiny experiment."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from experiments.command import Experiment, processors
from experiments.records import open_records, read_records

ENTRY_TYPES = {
    "id": str,
    "statement": str,
    "formula": str,
    "source": str,
    "form": str,
    "track": str,
    "assumptions": list,
    "verdict": str,
    "reason": str,
    "note": str,
    "measured": dict,
    "bar": dict,
    "range": dict,
    "interval": dict,
    "settings": dict,
    "failing": list,
    "ceiling": dict,
    "floor": dict,
    "seeds": list,
    "seconds": float,
    "cpu_seconds": float,
}
HOLDING = ("--claims", "draws.mean", "draws.mean.heavy", "count.printed")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def records_file(out: Path) -> Path:
    (path,) = out.glob("fake/*/records.jsonl")
    return path


def test_json_is_one_document_with_the_names_that_others_read(run: Callable[..., Any], out: Path) -> None:
    outcome = run("run", "--out", out, "--jobs", 1, "--json")
    document = outcome.document
    assert document.keys() >= {"experiment", "preset", "config_hash", "commit", "seconds", "claims"}
    assert (document["experiment"], document["preset"]) == ("fake", "quick")
    assert document["config_hash"] in document["records"]
    assert document["cells"] == {"done": 16, "left": []}
    for entry in document["claims"]:
        assert {name: type(entry[name]) for name in ENTRY_TYPES} == ENTRY_TYPES
        assert entry["verdict"] in {"holds", "fails as predicted", "refuted", "not run"}
        assert entry["bar"].keys() <= entry["measured"].keys()
        assert all(len(bar) == 2 for bar in entry["bar"].values())
        assert all(isinstance(value, float | None) for value in entry["measured"].values())
    assert [entry["id"] for entry in document["claims"]] == [
        "draws.mean",
        "draws.mean.heavy",
        "count.printed",
        "count.own",
        "ratio.undefined",
        "draws.slow",
        "data.accuracy",
    ]
    entries = {entry["id"]: entry for entry in document["claims"]}
    assert {name: entry["verdict"] for name, entry in entries.items()} == {
        "draws.mean": "holds",
        "draws.mean.heavy": "fails as predicted",
        "count.printed": "refuted",
        "count.own": "refuted",
        "ratio.undefined": "refuted",
        "draws.slow": "holds",
        "data.accuracy": "not run",
    }
    assert entries["ratio.undefined"]["measured"] == {"ratio": None}  # one seed of two is undefined
    assert entries["ratio.undefined"]["seeds"] == [0, 1]
    assert entries["data.accuracy"]["reason"] == "the fake data is missing; put it there"
    assert entries["draws.mean"]["ceiling"] == {"mean [dims=3]": 1.0, "mean [dims=5]": 1.0}
    assert "[16/16]" in outcome.err


def test_several_seeds_give_mean_range_and_interval(run: Callable[..., Any], out: Path) -> None:
    document = run("--out", out, "--jobs", 1, "--json", "--claims", "draws.slow").document
    draws = [record["evidence"]["measured"]["draw"] for record in read_records(records_file(out))]
    (entry,) = document["claims"]
    assert len(draws) == 6
    assert entry["measured"]["draw"] == pytest.approx(sum(draws) / 6, abs=1e-15)
    assert entry["range"]["draw"] == [min(draws), max(draws)]
    low, high = entry["interval"]["draw"]
    assert low < entry["measured"]["draw"] < high


def test_a_table_names_every_claim_and_marks_what_is_refuted_as_printed(run: Callable[..., Any], out: Path) -> None:
    outcome = run("--out", out, "--jobs", 1)
    for text in (
        "draws.mean.heavy",
        "fails as predicted",
        "REFUTED (as printed)",
        "not run",
        "the fake data is missing",
        "in [-1, 1]",
        "ceiling 1, floor -1",
        "7 claims: 2 holds, 1 fails as predicted, 1 REFUTED (as printed), 2 REFUTED, 1 not run",
        str(records_file(out)),
    ):
        assert text in outcome.out


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        (["draws.mean", "draws.mean.heavy"], 0),
        (["count.printed"], 0),  # what is refuted as printed is a finding, not a failure
        (["count.own"], 1),
        (["count.printed", "count.own"], 1),
        (["ratio.undefined"], 1),
        (["data.accuracy"], 0),
    ],
)
def test_the_exit_code_tells_whether_a_claim_that_should_hold_is_refuted(
    run: Callable[..., Any], out: Path, claims: list[str], code: int
) -> None:
    assert run("--out", out, "--jobs", 1, "--claims", *claims).code == code


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--claims", "no.such"], "unknown claim no.such; expected ids of fake: count.own"),
        (["show", "no.such"], "unknown claim no.such"),
        (["--claims", "Count.PRINTED"], "expected ids of fake, the nearest of which are: count.printed, count.own; `"),
        (["--claims", "heavy"], "expected ids of fake, the nearest of which are: draws.mean.heavy; `"),
        (["--claims", "count.prnted"], "expected ids of fake, the nearest of which are: count.printed, count.own; `"),
        (["--preset", "tiny"], "tiny"),
        (["--seeds", "-1"], "--seeds -1: expected different integers >= 0"),
        (["--seeds", "1", "1"], "--seeds 1 1: expected different integers >= 0"),
        (["--seeds", "one"], "one"),
        (["--jobs", "-1"], "--jobs -1: expected 0"),
        (["--budget-seconds", "0"], "--budget-seconds 0.0: expected a positive number"),
        (["--budget-seconds", "nan"], "--budget-seconds nan: expected a positive number"),
        (["--data", "emoji", "--claims", "count.own"], "--data emoji leaves none of the claims asked for (count.own)"),
        (["--data", "emoji"], "the fake data is missing; put it there"),
        (["--data", "photos"], "--data photos: expected all, synthetic, emoji, because"),
        (["--no-such-option"], "no-such-option"),
        (["rnu"], "rnu"),
    ],
)
def test_bad_input_exits_2_writes_nothing_and_says_what_was_expected(
    run: Callable[..., Any], out: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], text: str
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    options = [] if arguments[0] in {"show", "rnu"} else ["--json"]
    outcome = run(*arguments, *options, "--out", out)
    assert outcome.code == 2
    assert text in outcome.err
    assert outcome.out == ""
    assert not out.exists()


def test_an_output_folder_that_cannot_be_made_exits_2(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    outcome = run("--out", tmp_path / "file" / "sub", "--json")
    assert outcome.code == 2
    assert "cannot be written" in outcome.err
    assert outcome.out == ""
    assert (tmp_path / "file").read_text() == "kept"


def test_broken_or_busy_records_exit_2_and_stay(run: Callable[..., Any], out: Path) -> None:
    run("--out", out, "--jobs", 1, *HOLDING)
    path = records_file(out)
    with open_records(path.parent):
        busy = run("--out", out, "--jobs", 1, *HOLDING)
    assert busy.code == 2
    assert "in use by another running command" in busy.err
    broken = "broken\n" + path.read_text()
    path.write_text(broken)
    outcome = run("--out", out, "--jobs", 1, *HOLDING)
    assert outcome.code == 2
    assert "line 1, is no record" in outcome.err
    assert path.read_text() == broken
    fresh = run("--out", out, "--jobs", 1, "--fresh", *HOLDING)
    assert fresh.code == 0
    assert (path.parent / "records.previous-1.jsonl").read_text() == broken
    assert len(read_records(path)) == 6


def test_a_check_that_breaks_stops_no_other_and_exits_3(run: Callable[..., Any], out: Path, orders: Path) -> None:
    (orders / "broken").touch()
    broken = run("--out", out, "--jobs", 1, "--json")
    assert broken.code == 3
    assert {e["verdict"] for e in broken.document["claims"] if e["track"] == "learned"} == {"not run"}
    assert "holds" in {e["verdict"] for e in broken.document["claims"]}
    (orders / "broken").unlink()
    mended = run("--out", out, "--jobs", 1, "--json")
    assert mended.code != 3
    assert "not run" not in {e["verdict"] for e in mended.document["claims"] if e["track"] == "learned"}


def test_a_rerun_does_nothing_twice_and_says_the_same(run: Callable[..., Any], out: Path) -> None:
    first = run("--out", out, "--jobs", 1, "--json", *HOLDING).document
    before = records_file(out).read_bytes()
    again = run("--out", out, "--jobs", 1, "--json", *HOLDING)
    assert records_file(out).read_bytes() == before
    assert "6 of 6 cells are on record" in again.err
    assert again.document["claims"] == first["claims"]


def test_a_subset_fills_the_same_records_as_the_whole(
    run: Callable[..., Any], out: Path, tmp_path: Path, timeless: Callable[..., Any]
) -> None:
    for claim in ("draws.mean.heavy", "draws.mean"):
        run("--out", out, "--jobs", 1, "--claims", claim)
    run("--out", out, "--jobs", 1, "--data", "synthetic")
    run("--out", out, "--jobs", 1)
    run("--out", tmp_path / "whole", "--jobs", 1)
    records = read_records(records_file(out))
    assert len(records) == 16
    assert timeless(records) == timeless(read_records(records_file(tmp_path / "whole")))


def test_seeds_in_any_order_are_one_configuration(run: Callable[..., Any], out: Path) -> None:
    for seeds in ((4, 2), (2, 4)):
        assert run("--out", out, "--jobs", 1, "--claims", "draws.mean", "--seeds", *seeds).code == 0
    assert {record["seed"] for record in read_records(records_file(out))} == {2, 4}
    assert len(read_records(records_file(out))) == 4


def test_presets_and_seeds_have_records_of_their_own(run: Callable[..., Any], out: Path) -> None:
    hashes = {
        run("--out", out, "--jobs", 1, "--json", "--claims", "count.printed", *extra).document["config_hash"]
        for extra in ([], ["--preset", "standard"], ["--seeds", 3])
    }
    assert len(hashes) == 3
    assert len(list(out.glob("fake/*/records.jsonl"))) == 3


def test_what_was_not_run_is_tried_again_and_recorded_once(run: Callable[..., Any], out: Path, orders: Path) -> None:
    command = ("--out", out, "--jobs", 1, "--json", "--claims", "data.accuracy")
    for _ in range(3):
        assert run(*command).document["claims"][0]["verdict"] == "not run"
    assert len(read_records(records_file(out))) == 1
    (orders / "data").touch()
    for _ in range(2):
        assert run(*command).document["claims"][0]["verdict"] == "holds"
    assert [record["verdict"] for record in read_records(records_file(out))] == ["not run", "holds"]
    (orders / "data").unlink()
    assert run(*command).document["claims"][0]["verdict"] == "holds"
    assert run("--out", out, "--jobs", 1, "--data", "emoji").code == 2


def test_what_the_budget_leaves_out_is_told_and_done_by_a_rerun(run: Callable[..., Any], out: Path) -> None:
    command = ("--out", out, "--jobs", 1, "--json")
    outcome = run(*command, "--budget-seconds", "1e-9")
    assert outcome.document["cells"]["done"] == 0
    assert len(outcome.document["cells"]["left"]) == 16
    assert {entry["verdict"] for entry in outcome.document["claims"]} == {"not run"}
    assert "left out (budget)" in outcome.document["claims"][0]["reason"]
    assert "16 cells were left out (budget); run the same command again" in outcome.err
    assert outcome.code == 0
    assert run(*command).document["cells"] == {"done": 16, "left": []}


def test_a_claim_of_which_a_cell_is_left_out_does_not_hold_yet(run: Callable[..., Any], out: Path) -> None:
    command = ("--out", out, "--jobs", 1, "--json", "--claims", "draws.slow")
    run(*command)
    path = records_file(out)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    (entry,) = run(*command, "--budget-seconds", "1e-9").document["claims"]
    assert entry["verdict"] == "not run"
    (entry,) = run(*command).document["claims"]
    assert entry["verdict"] == "holds"


def test_records_of_other_code_are_reused_and_told(
    run: Callable[..., Any], out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("--out", out, "--jobs", 1, "--claims", "count.printed")
    monkeypatch.setattr("experiments.command.provenance", lambda: {"commit": "another"})
    assert "1 of them may be of other code than this (commit another); --fresh redoes them" in (
        run("--out", out, "--jobs", 1, "--claims", "count.printed").err
    )


def test_list_names_every_claim(run: Callable[..., Any], fake: ModuleType) -> None:
    outcome = run("list")
    assert outcome.code == 0
    for claim in fake.CLAIMS:
        assert claim.id in outcome.out
        assert claim.statement in outcome.out
    listed = json.loads(run("list", "--json").out)
    assert [entry["id"] for entry in listed] == [claim.id for claim in fake.CLAIMS]
    assert listed[1]["drops"] == ["draws.mean", "finite variance"]


def test_show_tells_a_claim_and_its_records(run: Callable[..., Any], out: Path, orders: Path) -> None:
    empty = run("show", "draws.mean.heavy", "--out", out)
    assert empty.code == 0
    assert "no record yet" in empty.out
    assert "violation: drops “finite variance” of draws.mean" in empty.out
    assert not out.exists()
    run("--out", out, "--jobs", 1, "--claims", "draws.mean.heavy", "data.accuracy")
    assert "mean = " in run("show", "draws.mean.heavy", "--out", out).out
    assert run("show", "data.accuracy", "--out", out).out.count("not run in") == 1
    (orders / "data").touch()
    run("--out", out, "--jobs", 1, "--claims", "data.accuracy")
    shown = run("show", "data.accuracy", "--out", out).out
    assert "not run in" not in shown  # the later record counts
    assert "accuracy = 0.9000  >= 0.5000" in shown
    run("--out", out, "--jobs", 1, "--claims", "draws.mean.heavy", "--seeds", 5)
    assert "/5: fails as predicted" in run("show", "draws.mean.heavy", "--seeds", 5, "--out", out).out
    with records_file_of(out, "quick").open("a") as file:
        file.write('{"torn')
    assert run("show", "draws.mean.heavy", "--out", out).code == 0


def records_file_of(out: Path, preset: str) -> Path:
    return min(out.glob(f"fake/{preset}-*/records.jsonl"), key=lambda path: path.stat().st_mtime)


def test_help_explains_every_option(run: Callable[..., Any]) -> None:
    outcome = run("run", "--help")
    assert outcome.code == 0
    for option in ("preset", "claims", "seeds", "data", "jobs", "out", "json", "fresh", "budget-seconds"):
        assert f"--{option}" in outcome.out
    assert run("--help").out.count("{run,list,show}") >= 1


def test_two_claims_of_one_name_are_refused(fake: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"experiment twice has several claims \['draws\.mean'\]"):
        Experiment("twice", (*fake.CLAIMS, fake.CLAIMS[0]))


def test_processors_are_those_this_process_may_use() -> None:
    assert processors() >= 1


def test_a_run_that_was_cut_off_has_a_row_for_the_claims_with_a_record_only(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    nothing = run("--out", tmp_path, "--jobs", 1, "--budget-seconds", 1e-9)
    assert "not run" not in nothing.out
    assert "draws.mean" not in nothing.out
    assert "7 claims: 7 without a record; " in nothing.out
    run("--out", tmp_path, "--jobs", 1, "--claims", "draws.mean")
    some = run("--out", tmp_path, "--jobs", 1, "--budget-seconds", 1e-9)
    assert "draws.mean" in some.out
    assert "count.own" not in some.out
    assert "7 claims: 1 holds, 6 without a record; " in some.out
    assert len(run("--out", tmp_path, "--json", "--budget-seconds", 1e-9).document["claims"]) == 7
