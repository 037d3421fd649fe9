"""Each figure shows the numbers of its records, says what it was made from, and is the same picture every time."""

import dataclasses
from collections.abc import Callable, Iterator
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from paper_figures import (
    causal_graph,
    contact_sheet,
    convergence,
    decodability,
    infonce_bias,
    r2_matrix,
    style_grid,
    token_matrix,
    verdicts,
)
from paper_figures.catalogue import CATALOGUES, Picture, draw_all
from paper_figures.numbers import short
from paper_figures.reading import NothingToDraw, Reading
from paper_figures.style import TOWERS, house_style

Drawn = tuple[list[Picture], dict[str, str]]


def only(reading: Reading, *prefixes: str) -> Reading:
    """The same run, as if it had only the claims whose ids begin so."""
    return dataclasses.replace(reading, records=tuple(r for r in reading.records if r["claim"].startswith(prefixes)))


def words(figure: Figure) -> list[str]:
    """Every text of a figure that is not empty."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


@pytest.fixture(autouse=True)
def _in_house_style() -> Iterator[None]:
    with house_style():
        yield


def test_the_matrix_shows_every_block_with_ceiling_and_floor(reading: Reading) -> None:
    figure, caption = r2_matrix.draw(reading)
    shown = words(figure)
    rows = [m for m in reading.measurements if m.claim.startswith("thm2")]
    for row in rows:
        for value in row.measured.values():
            assert short(value, digits=3) in shown
    assert shown.count("↑.43") == 2 * len(rows)
    assert shown.count("↓.00") == 2 * len(rows)
    assert {"thm2.blocks", "dims=3", "dims=12", "dims=3, sharing_noise=0.5"} <= set(shown)
    assert "mean over 3 seeds" in caption


def test_the_matrix_frames_what_misses_its_bar(reading: Reading) -> None:
    def frames(spoilt: Reading) -> int:
        return sum(not patch.get_fill() for patch in r2_matrix.draw(spoilt)[0].findobj(Rectangle))

    assert frames(reading) == 0
    record = dict(only(reading, "thm2.blocks").records[0])
    for name, bar, expected in (
        ("forward_image", (1.1, None), 1),
        ("excess_dependent_text", (None, 0.02), 1),
        ("unrelated", (1.1, None), 0),
    ):
        evidence = record["evidence"]
        spoilt = evidence | {"measured": evidence["measured"] | {name: 1.0}, "bar": {name: list(bar)}}
        assert frames(dataclasses.replace(reading, records=({**record, "evidence": spoilt},))) == expected


def test_the_matrix_says_what_it_lacks(reading: Reading) -> None:
    record = dict(only(reading, "thm2.blocks").records[0])
    evidence = record["evidence"] | {"measured": {"forward_image": None, "reverse_text": 0.5}, "bar": {}}
    figure, _ = r2_matrix.draw(dataclasses.replace(reading, records=({**record, "evidence": evidence},)))
    shown = words(figure)
    assert "nan" in shown
    assert ".500" in shown


def test_the_token_matrix_shows_categorical_and_continuous_latents(reading: Reading) -> None:
    shown = words(token_matrix.draw(reading)[0])
    assert {".991", ".987", ".001", ".260", "↓.25", "↑1.00", "thm5.tokens", "text=set"} <= set(shown)
    assert "thm2.blocks" not in shown


def test_sampled_points_lie_beside_the_exact_curve_and_its_asymptote(reading: Reading) -> None:
    bias, spread = infonce_bias.draw(reading)[0].axes
    k = 2.0 ** np.arange(3, 13)
    exact, asymptote, points = (line for line in bias.lines if len(line.get_xdata()) == len(k))
    for line in (exact, asymptote, points):
        np.testing.assert_allclose(line.get_xydata(), np.transpose([k, 6 / k]))
    assert points.get_linestyle() == "None"
    assert [len(line.get_xdata()) for line in spread.lines] == [len(k), len(k)]
    labels = [text.get_text() for text in bias.get_legend().get_texts()]
    assert labels == ["n = 3, τ = 2, exact, slope −1.000", "n = 3, τ = 2, sampled, slope −1.000"]
    assert bias.get_xscale() == bias.get_yscale() == "log"


def test_a_panel_a_setting_and_a_line_a_seed(reading: Reading) -> None:
    figure, caption = convergence.draw(reading)
    panels = [axes for axes in figure.axes if axes.lines]
    assert [axes.get_title(loc="left") for axes in panels] == ["thm2.blocks", "thm2.blocks", "thm2.blocks.noisy"]
    curves = [[line for line in axes.lines if line.get_linestyle() == "-"] for axes in panels]
    assert [len(lines) for lines in curves] == [3, 3, 1]
    series = reading.measurements[0].series("steps", "loss")
    for line, seed in zip(curves[0], series, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.transpose([seed["steps"], seed["loss"]]))
    floors = [line.get_ydata()[0] for axes in panels for line in axes.lines if line.get_linestyle() != "-"]
    assert set(floors) == {-4.41}
    assert "dashed" in caption


def test_bars_are_as_high_as_the_accuracies(reading: Reading) -> None:
    figure, _ = decodability.draw(reading)
    content, style = figure.axes
    for axes, factor in ((content, "content"), (style, "style")):
        heights = [bar.get_height() for bar in axes.patches if bar.get_height()]
        modes = [m for m in reading.measurements if m.claim in {"emoji.content", "emoji.both"}]
        assert heights == [mode.measured[f"{factor}_{tower}"] for mode in modes for tower in TOWERS]
        assert [label.get_text() for label in axes.get_xticklabels()] == ["content", "both"]
    chance = [line.get_ydata()[0] for line in style.lines if len(line.get_ydata()) and line.get_linestyle() == "-"]
    assert chance == [0.25, 0.25]


def test_the_grid_shows_reported_measured_and_ceiling(reading: Reading) -> None:
    figure, caption = style_grid.draw(reading)
    rows = [m for m in reading.measurements if m.claim.startswith("style_grid")]
    style = figure.axes[1]
    for marker, values in (
        ("o", [row.measured["style_image"] for row in rows]),
        ("D", [row.series("reported")[0]["reported"]["style"] for row in rows]),
        ("|", [row.summary["ceiling"]["style_image"] for row in rows]),
    ):
        assert [line.get_xdata()[0] for line in style.lines if line.get_marker() == marker] == values
    assert "reported by von Kügelgen et al. (2021)" in caption


def test_the_sheet_names_captions_and_styles(reading: Reading) -> None:
    shown = words(contact_sheet.draw(reading)[0])
    assert {"dog", "cat", "a", "b", "c", "d"} <= set(shown)


def test_each_different_graph_is_drawn_once(reading: Reading) -> None:
    figure, _ = causal_graph.draw(reading)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["thm2.blocks", ""]


def test_every_claim_is_in_the_overview_once(reading: Reading) -> None:
    figure, caption = verdicts.draw(reading)
    shown = words(figure)
    entries = [entry for entry, _ in reading.claims]
    names = [entry["id"] for entry in entries if entry["id"] != "thm2.blocks.noisy"]
    assert all(shown.count(name) == 1 for name in names)
    assert shown.index("… noisy") == shown.index("thm2.blocks") + 1, "a violation stands under its claim"
    assert caption.startswith("12 claims: 9 hold, 1 fails as predicted, 1 refuted as printed, 1 not run")
    assert {"holds", "fails as predicted", "refuted as printed", "not run"} <= set(shown)
    assert "REFUTED" not in shown


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 20, 61])
def test_the_overview_keeps_headings_with_their_claims(reading: Reading, count: int) -> None:
    (entry, _), *_ = reading.claims
    entries = [entry | {"id": f"claim{n}", "track": "exact" if n % 3 else "real"} for n in range(count)]
    for n in range(2, count, 4):  # every other claim of a track has a violation
        entries[n] |= {"id": f"claim{n - 1}.bent", "track": entries[n - 1]["track"], "drops": [f"claim{n - 1}", "it"]}
    columns = verdicts._columns(entries)
    claims = [line for column in columns for line in column if not isinstance(line, str)]
    assert sorted(entry["id"] for entry, _ in claims) == sorted(entry["id"] for entry in entries)
    assert all(isinstance(column[0], str) and not isinstance(column[-1], str) for column in columns if column)
    for column in columns:
        for above, line in pairwise(column):
            if not isinstance(line, str) and line[0]["id"].endswith("bent"):
                assert line[1] == "… bent"
                assert above[0]["id"] == line[0]["drops"][0]
    assert max(map(len, columns)) <= -(-count // verdicts.COLUMNS) + 4


@pytest.mark.parametrize(
    ("draw", "named"),
    [
        (r2_matrix.draw, "forward_image"),
        (token_matrix.draw, "continuous_image"),
        (infonce_bias.draw, "k and bias"),
        (convergence.draw, "steps and loss"),
        (decodability.draw, "captions"),
        (style_grid.draw, "reported"),
        (contact_sheet.draw, "contact_sheet"),
        (causal_graph.draw, "graph"),
    ],
)
def test_a_figure_without_its_records_says_what_it_looked_for(
    reading: Reading, draw: Callable[[Reading], tuple[Figure, str]], named: str
) -> None:
    with pytest.raises(NothingToDraw, match=named):
        draw(only(reading, "gk.exact", "emoji.missing"))


def test_what_cannot_be_drawn_is_named(reading: Reading) -> None:
    pictures, missing = draw_all(only(reading, "gk.exact"))
    assert [picture.name for picture in pictures] == ["verdicts"]
    assert {*missing, "verdicts"} == {entry.name for entry in CATALOGUES["identifiability"]}


def test_pictures_are_files_that_say_where_they_come_from(drawn: Drawn) -> None:
    for picture in drawn[0]:
        assert picture.files["png"].startswith(b"\x89PNG")
        assert picture.files["pdf"].startswith(b"%PDF")
        assert "preset quick: 17 records, 3 seeds, commit 0123456789ab" in picture.caption


def test_the_users_matplotlib_is_left_alone(reading: Reading) -> None:
    with matplotlib.rc_context({"font.size": 23, "legend.handletextpad": 9.0, "lines.markeredgecolor": "red"}):
        before = dict(matplotlib.rcParams)
        (picture,), _ = draw_all(only(reading, "gk.exact"))
        assert dict(matplotlib.rcParams) == before
        spoilt = picture.files
    (picture,), _ = draw_all(only(reading, "gk.exact"))
    assert picture.files == spoilt, "a user's settings must not change the figures either"
