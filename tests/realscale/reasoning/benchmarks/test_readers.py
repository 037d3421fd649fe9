"""The public layouts are read as they are."""

from pathlib import Path

from realscale.reasoning.benchmarks import free_response, read


def by_name(root: Path, name: str, split: str | None = None) -> dict:
    found = read(name, root, split=split)
    assert not found.findings, found.findings.summary()
    return {problem.name: problem for problem in found.problems}


def test_mathvista_answers_by_the_text_of_an_option(mathvista: Path) -> None:
    problems = by_name(mathvista, "mathvista")
    assert list(problems) == ["1", "2", "3", "4", "5"]
    assert [problem.kind for problem in problems.values()] == ["choice", "choice", "integer", "float", "list"]
    assert (problems["1"].answer, problems["1"].letters, problems["1"].expected) == ("4 cm", "B", "B")
    assert problems["4"].facts["precision"] == 1
    assert "rounded to 1 decimal." in problems["4"].prompt
    assert "How many cups? (unit: cups)" in problems["3"].prompt
    assert "(B) 4 cm" in problems["1"].prompt
    assert "(B)" not in problems["2"].prompt  # its options are letters: they stand in the picture
    assert problems["1"].groups["skills"] == ("counting",)


def test_mathvision_has_options_that_are_letters_and_marks_that_tell_pictures_apart(mathvision: Path) -> None:
    problems = by_name(mathvision, "mathvision")
    assert [problem.kind for problem in problems.values()] == ["value", "choice", "choice", "value", "choice"]
    assert problems["5"].prompt.startswith("Which side?\nLook.\n")  # a letter in the picture, without options
    assert "<image" not in "".join(problem.prompt for problem in problems.values())
    assert problems["1"].prompt.startswith("How many?\n")
    assert problems["3"].prompt.startswith("How long is image 1 beside image 2?\n(A) $\\frac{1}{2}$")
    assert "(B)" not in problems["2"].prompt
    assert problems["3"].right_option == "$\\sqrt{2}$"
    assert problems["3"].groups == {"subject": ("geometry",), "level": ("3",)}


def test_mathverse_has_six_versions_and_ids_that_are_of_one_file_alone(mathverse: Path) -> None:
    problems = by_name(mathverse, "mathverse")
    assert len(problems) == 11
    assert problems["1/Vision Only"].options == ()  # they stand in the picture, as the question does
    assert problems["1/Text Lite"].options == ("30", "50")
    assert problems["1/Vision Only"].prompt.startswith("Solve it step by step")
    assert problems["1/Text Only"].picture is None
    assert problems["2/Text Lite"].kind == "value"
    assert problems["1/Text Lite"].picture.path == (mathverse / "images/images_version_1-4/image_1.png").resolve()


def test_hallusionbench_has_rows_without_a_picture(hallusionbench: Path) -> None:
    problems = by_name(hallusionbench, "hallusionbench")
    assert [problem.picture is None for problem in problems.values()] == [False] * 4 + [True] + [False] * 2
    alone = problems["VS/map/3/0/0"]
    assert alone.facts["without_figure"]
    assert alone.answer == "yes"
    assert problems["VD/illusion/0/0/1"].answer == "no"
    assert not problems["VD/illusion/0/0/1"].facts["without_figure"]
    assert alone.facts["pair"] == problems["VS/map/3/2/0"].facts["pair"]
    assert alone.facts["figure"] != problems["VS/map/3/2/0"].facts["figure"]


def test_geometry3k_is_read_from_folders_and_from_tables(geometry_folders: Path) -> None:
    problems = by_name(geometry_folders, "geometry3k")
    assert list(problems) == ["9", "10"]
    assert (problems["9"].letters, problems["9"].answer) == ("B", "12")
    assert problems["9"].facts["values"] == [3, 12, 15, 20]
    assert problems["10"].facts["values"] is None
    assert problems["9"].groups == {"problem_type_goal": ("Length",), "problem_type_graph": ("Circle",)}


def test_the_table_of_geometry3k_may_give_the_letter_or_the_text(geometry_table: Path) -> None:
    problems = by_name(geometry_table, "geometry3k")
    assert [(problem.name, problem.letters) for problem in problems.values()] == [("9", "B"), ("10", "D")]
    assert problems["9"].prompt.startswith("Find x.\n(A) 3\n")
    free = {problem.name: problem for problem in free_response(read("geometry3k", geometry_table)).problems}
    assert (free["10"].kind, free["10"].answer, free["10"].options) == ("value", "2 \\sqrt { 221 }", ())
    assert "(A)" not in free["10"].prompt


def test_mmk12_has_its_options_in_the_question(mmk12: Path) -> None:
    problems = by_name(mmk12, "mmk12")
    assert [problem.options for problem in problems.values()] == [("soap", "vinegar"), ("one", "two", "three"), ()]
    assert problems["u3"].letters == "D"  # its options stand in the picture
    train = by_name(mmk12, "mmk12", "train")
    assert (train["t1"].kind, train["t2"].kind) == ("value", "choice")


def test_examples_are_what_a_policy_is_trained_on(mmk12: Path, hallusionbench: Path) -> None:
    examples = list(read("mmk12", mmk12).examples())
    assert [example.answer for example in examples] == ["B", "C", "D"]
    assert [example.environment for example in examples] == ["chemistry", "math", "math"]
    assert examples[0].image.size == (12, 8)
    assert examples[0].image.getpixel((0, 0)) == (200, 30, 30)
    assert examples[0].facts == {"id": "u1", "subject": ["chemistry"]}
    questions = list(read("hallusionbench", hallusionbench).examples())
    assert [example.image is None for example in questions].count(True) == 1
    assert questions[0].environment == "VD"


def test_another_answer_or_prompt_is_another_set(geometry_table: Path) -> None:
    found = read("geometry3k", geometry_table)
    assert found.identity == read("geometry3k", geometry_table).identity
    assert found.identity != free_response(found).identity
    assert found.identity != found.with_problems(found.problems[:1]).identity
