"""HallusionBench (Guan et al. 2024): yes-or-no questions, in groups of one figure and of one question over figures."""

from pathlib import Path

from realscale.composition.files import located, records
from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.asking import prompt
from realscale.reasoning.benchmarks.pictures import PictureFolders
from realscale.reasoning.benchmarks.problems import Problem, ProblemSet
from realscale.reasoning.benchmarks.records import Malformed, Record, label, problems, text

FILE = "HallusionBench.json"
_ANSWERS = {"1": "yes", "0": "no"}


def read(root: Path, images: Path | None, split: str) -> ProblemSet:
    """Read HallusionBench.json under root or root/data: an array of records {category (VD or VS), subcategory,
    visual_input (0 none, 1 original, 2 edited), set_id, figure_id, question_id, question, gt_answer (1 yes, 0 no),
    filename (null without a picture)}.

    An id is CATEGORY/SUBCATEGORY/SET/FIGURE/QUESTION. Images are named from root, the file's folder, or the folder
    hallusion_bench in one of these.

    Raises:
        BenchmarkError: no such file, or another document.
    """
    data, findings = located(root, (FILE,)), Findings()
    near = [data, root, data / "hallusion_bench", root / "hallusion_bench"]
    folders = PictureFolders([images] if images else near, findings)

    def problem(key: str, record: Record) -> Problem:
        place = [label(record, field) for field in ("category", "subcategory", "set_id", "figure_id", "question_id")]
        category, subcategory, group, figure, question = place
        if category not in ("VD", "VS"):
            raise Malformed("category that is neither VD nor VS")
        shown, answer = label(record, "visual_input"), label(record, "gt_answer")
        if shown not in ("0", "1", "2") or answer not in _ANSWERS:
            raise Malformed("visual_input that is none of 0, 1, 2, or gt_answer that is neither 0 nor 1")
        name = "/".join(place)
        picture = None
        if shown != "0":  # some versions of the file name the folder of the archive, others do not
            file = text(record, "filename").removeprefix("./").removeprefix("hallusion_bench/")
            picture = folders.picture(file, name)
        return Problem(
            name,
            "yes/no",
            prompt(text(record, "question"), "yes/no"),
            _ANSWERS[answer],
            picture=picture,
            groups={
                "category": (category,),
                "subcategory": (f"{category} {subcategory}",),
                "picture": ({"0": "none", "1": "original", "2": "edited"}[shown],),
            },
            facts={
                "category": category,
                "without_figure": category == "VS" and figure == "0",
                "original": figure == "0",
                "figure": (category, subcategory, group, figure),
                "pair": (category, subcategory, group, question),
            },
        )

    return ProblemSet("hallusionbench", split, problems(records(data / FILE, list), problem, findings), findings)
