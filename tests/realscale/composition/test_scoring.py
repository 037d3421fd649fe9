"""One scorer: ties shared, official rules on request, everything encoded once, baselines beside."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realscale.composition.__main__ import main
from realscale.composition.aro import vg_relation
from realscale.composition.items import Benchmark, BenchmarkError, Item
from realscale.composition.models import BlindLanguageModel
from realscale.composition.scoring import (
    Encoded,
    blind_scores,
    constant_scores,
    encode,
    identity,
    official_figure,
    random_draw,
    report,
)
from realscale.composition.sugarcrepe import sugarcrepe


def test_an_order_blind_model_ties_on_swaps_and_official_rules_hide_it(aro: Path, crepe: Path, towers: Any) -> None:
    relation, swaps = vg_relation(aro, aro / "images"), sugarcrepe(crepe, crepe / "images", ("swap_obj",))
    for benchmark in (relation, swaps):
        scores = encode(benchmark, towers).scores(benchmark.items)
        shared = report(benchmark, scores)
        assert shared.micro.accuracy == 0.5
        assert shared.micro.ties == 1
        assert official_figure(benchmark, report(benchmark, scores, official_ties=True)) == 0.0


def test_every_picture_and_text_is_encoded_once_in_any_batch(crepe: Path, towers: Any) -> None:
    benchmark = sugarcrepe(crepe, crepe / "images")
    whole = encode(benchmark, towers, batch=64).scores(benchmark.items)
    assert towers.calls == 1 + len(benchmark.captions())
    single = encode(benchmark, towers, batch=1).scores(benchmark.items)
    for (right, wrong), (other, others) in zip(whole, single, strict=True):
        assert right == pytest.approx(other, abs=1e-12)
        assert wrong == pytest.approx(others, abs=1e-12)


def test_official_macro_counts_the_types_that_the_authors_count(aro: Path, towers: Any) -> None:
    benchmark = vg_relation(aro, aro / "images")
    scores = [(1.0, np.array([0.0])), (0.0, np.array([1.0])), (1.0, np.array([0.0]))]
    assert official_figure(benchmark, report(benchmark, scores)) == 0.5  # "near" is left out
    assert report(benchmark, scores).macro == 0.75


def test_missing_images_are_said_before_anything_is_encoded(crepe: Path, towers: Any) -> None:
    (crepe / "images" / "000000000042.jpg").unlink()
    with pytest.raises(BenchmarkError, match="1 of the images of sugarcrepe are not there"):
        encode(sugarcrepe(crepe, crepe / "images"), towers)
    assert towers.calls == 0


def test_an_image_that_is_none_is_named(crepe: Path, towers: Any) -> None:
    (crepe / "images" / "000000000042.jpg").write_text("no image")
    with pytest.raises(BenchmarkError, match="cannot be read as an image"):
        encode(sugarcrepe(crepe, crepe / "images"), towers)


def test_a_random_draw_is_reproducible_and_near_one_half() -> None:
    items = tuple(Item(str(i), Path(f"{i}.jpg"), f"caption {i}", (f"other {i}",), "t") for i in range(400))
    benchmark = Benchmark("many", items, "lose", "micro")
    found = report(benchmark, random_draw(benchmark, seed=0)).micro
    assert found == report(benchmark, random_draw(benchmark, seed=0)).micro
    assert abs(found.accuracy - 0.5) < 5.0 / (2 * np.sqrt(400))  # five standard errors
    assert identity(benchmark) != identity(Benchmark("many", items[1:], "lose", "micro"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equal_codes_of_five_candidates_tie_exactly(dtype: type) -> None:
    """Each item of the order sets has four negatives: a matrix product would round equal rows differently."""
    rng = np.random.default_rng(0)
    texts = [f"text {i}" for i in range(5)]
    items = tuple(Item(str(i), Path(f"{i}.jpg"), texts[0], tuple(texts[1:]), "t") for i in range(50))
    codes = np.tile(rng.standard_normal(512).astype(dtype), (5, 1))
    pictures = rng.standard_normal((50, 512)).astype(dtype)
    places = {(item.image, None): row for row, item in enumerate(items)}
    found = Encoded(pictures, codes, places, {text: row for row, text in enumerate(texts)}).scores(items)
    shared = report(Benchmark("order", items, "win", "micro"), found, tolerance=0.0).micro
    assert shared.ties == 1
    assert shared.accuracy == pytest.approx(0.2)
    assert (
        report(Benchmark("order", items, "win", "micro"), found, official_ties=True, tolerance=0.0).micro.accuracy == 1
    )


def test_a_tower_that_sums_words_in_another_order_ties() -> None:
    scores = [(0.5, np.array([0.5 + 3e-8, 0.5 - 1e-7]))] * 3
    items = tuple(Item(str(i), Path("x.jpg"), "a b", ("b a", "b a."), "t") for i in range(3))
    assert report(Benchmark("order", items, "win", "micro"), scores).micro.ties == 1
    assert report(Benchmark("order", items, "win", "micro"), scores, tolerance=0.0).micro.accuracy == 0


def test_a_random_draw_knows_the_image_and_not_its_folder() -> None:
    def made(folder: str) -> Benchmark:
        return Benchmark(
            "b", tuple(Item(str(i), Path(folder) / f"{i}.jpg", "a", ("b",), "t") for i in range(9)), "lose", "micro"
        )

    here, there = (random_draw(made(folder), seed=0) for folder in ("here", "there/images"))
    assert [right for right, _ in here] == [right for right, _ in there]
    assert len({right for right, _ in here}) == 9


def test_the_blind_model_ties_on_the_same_pairs_in_another_order() -> None:
    model = BlindLanguageModel(["a red cat on a black couch", "a dog on a mat", "the sky"])
    unseen = [model.score(text, "zzz") for text in ("x y z w v", "v w z y x", "z x v y w")]
    assert len(set(unseen)) == 1


def test_the_blind_model_prefers_usual_word_pairs_and_never_sees_the_caption_itself() -> None:
    captions = [f"a {thing} on a table" for thing in ("cup", "plate", "book", "lamp", "vase", "bowl", "fork", "pen")]
    model = BlindLanguageModel(captions)
    assert model.score("a spoon on a table", "a spoon on a table") > model.score(
        "table a on spoon a", "a spoon on a table"
    )
    alone = BlindLanguageModel(["a cup on a table"])
    assert alone.score("a cup on a table", "a cup on a table") == alone.score("table a on cup a", "a cup on a table")


def test_the_command_scores_the_baselines_and_prints_one_document(
    crepe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", "sugarcrepe", str(crepe), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["items"] == 14
    assert set(document["scores"]) == {"blind (language model)", "random (seed 0)"}
    assert 0 <= document["scores"]["random (seed 0)"]["macro"] <= 1
    assert document["chance"]["macro"] == document["chance"]["types"]["swap_obj"] == 0.5
    assert "ties where it knows no pair" in document["notes"]["blind (language model)"]
    assert main(["score", "sugarcrepe", str(crepe)]) == 0
    printed = capsys.readouterr().out
    assert "swap_obj" in printed
    assert "chance, exactly: official 0.5000, macro 0.5000, micro 0.5000\n" in printed
    assert "Captions of one template stand in several folds" in printed
    assert main(["score", "vg_relation", str(crepe / "nowhere")]) == 2
    assert "visual_genome_relation.json is not there" in capsys.readouterr().err


def test_chance_is_the_mean_of_random_draws() -> None:
    """1 / k of k candidates: within five standard errors of the mean of draws, and exact."""
    items = tuple(Item(str(i), Path(f"{i}.jpg"), "a", ("b", "c", "d", "e")[: 1 + i % 4], "t") for i in range(40))
    benchmark = Benchmark("many", items, "lose", "micro")
    expected = report(benchmark, constant_scores(benchmark)).micro.accuracy
    assert expected == pytest.approx((1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 4)
    draws = [report(benchmark, random_draw(benchmark, seed=seed)).micro.accuracy for seed in range(50)]
    assert abs(np.mean(draws) - expected) < 5 * np.std(draws) / np.sqrt(50)


def test_the_command_says_what_negatives_are(crepe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("textblob", reason="needs the extra: pip install 'token-scm[negatives]'")
    assert main(["coverage", "sugarcrepe", str(crepe), "--json"]) == 0
    shares = json.loads(capsys.readouterr().out)
    assert shares["swap_obj"]["swap"] == 1
    assert shares["add_obj"]["add"] == 1
    assert shares["all"]["replace"] == pytest.approx(3 / 7)
    assert main(["coverage", "sugarcrepe", str(crepe)]) == 0


def test_a_figure_that_is_not_defined_is_said_and_the_table_stays(
    aro: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = aro / "visual_genome_attribution.json"
    path.write_text(json.dumps(json.loads(path.read_text())[1:]))
    assert main(["score", "vg_attribution", str(aro)]) == 0
    printed = capsys.readouterr().out
    assert "official not defined (rule: attribute pairs with at least 25 cases)" in printed
    assert "red_blue" in printed
    assert main(["score", "vg_attribution", str(aro), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["scores"]["random (seed 0)"]["official"] is document["chance"]["official"] is None


def test_what_takes_no_part_is_said_in_words(valse_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "valse", str(valse_data)]) == 0
    assert "left out: 11 not confirmed by 2 votes\n" in capsys.readouterr().out


def test_coverage_without_a_tagger_names_the_extra(
    crepe: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "textblob.taggers", None)
    assert main(["coverage", "sugarcrepe", str(crepe)]) == 2
    assert "pip install 'token-scm[negatives]'" in capsys.readouterr().err


def test_rows_of_coverage_are_in_order(aro: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("textblob", reason="needs the extra: pip install 'token-scm[negatives]'")
    assert main(["coverage", "vg_relation", str(aro)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["type", "near", "under", "all"]


@pytest.mark.parametrize("command", ["score", "coverage"])
def test_nobody_reading_on_is_no_error(crepe: Path, command: str) -> None:
    if command == "coverage":
        pytest.importorskip("textblob", reason="needs the extra: pip install 'token-scm[negatives]'")
    reader, writer = os.pipe()
    os.close(reader)
    run = [sys.executable, "-m", "realscale.composition", command, "sugarcrepe", str(crepe)]
    found = subprocess.run(run, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert found.stderr == ""
    assert found.returncode == 141


def test_blind_scores_cover_every_negative(crepe: Path) -> None:
    benchmark = sugarcrepe(crepe, crepe / "images")
    assert [len(wrong) for _, wrong in blind_scores(benchmark)] == [len(item.negatives) for item in benchmark.items]
