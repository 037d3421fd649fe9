"""Deliberate mutations that must make the suite fail: `python tests/mutations.py [--only N ...]`.

Each replaces one piece of text in one file of a copy of the tree and runs the named tests there: every one of them must
fail. Before that all of them must pass on the copy as it is. Exit code 1 when a mutation survives.
"""

import argparse
import importlib
import os
import shutil
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOMETHING_ELSE = 70  # exit code of a run that pytest did not end
COPIED = ("scm", "identifiability", "realscale", "experiments", "paper_figures", "tests", "pyproject.toml")


@dataclass(frozen=True)
class Mutation:
    """`old` (exactly once in `file`) becomes `new`; the tests (node ids without parameters) that must then fail."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTATIONS = (
    Mutation(
        "linear R2 without its intercept",
        "identifiability/metrics/regression.py",
        "x_mean, y_mean = train_x.mean(0), train_y.mean(0)",
        "x_mean, y_mean = 0 * train_x.mean(0), 0 * train_y.mean(0)",
        (
            "tests/identifiability/metrics/test_regression.py::test_a_perfect_prediction_shifted_by_one_is_still_perfect",
        ),
    ),
    Mutation(
        "weighted InfoNCE with the sign of a log weight swapped",
        "identifiability/objectives/infonce.py",
        "p = torch.cat([p, torch.stack([log_weights, one], dim=1)], dim=1)",
        "p = torch.cat([p, torch.stack([-log_weights, one], dim=1)], dim=1)",
        ("tests/identifiability/objectives/test_infonce.py::test_whole_weights_repeat_pairs",),
    ),
    Mutation(
        "gradient of InfoNCE without its diagonal term",
        "identifiability/objectives/blockwise.py",
        "gradient[:, block].diagonal().sub_(anchor[block])",
        "pass",
        ("tests/identifiability/objectives/test_infonce.py::test_gradient_is_the_derivative",),
    ),
    Mutation(
        "kernel density in which each code counts itself",
        "identifiability/objectives/blockwise.py",
        "diagonal.fill_(-math.inf)",
        "diagonal.fill_(0.0)",
        ("tests/identifiability/objectives/test_entropy.py::test_kde_is_its_formula_in_value_and_gradient",),
    ),
    Mutation(
        "common part with the axes of image and text confused",
        "identifiability/exact/common_part.py",
        "shared = (slices.any(axis=2).sum(axis=0) > 1).any() or (slices.any(axis=1).sum(axis=0) > 1).any()",
        "shared = (slices.any(axis=1).sum(axis=0) > 1).any()",
        (
            "tests/identifiability/exact/test_common_part.py"
            "::test_block_identification_means_that_the_common_part_is_a_relabelling_of_z",
        ),
    ),
    Mutation(
        "finite-K gap not divided by K",
        "identifiability/exact/infonce.py",
        "@ divergence) / k)",
        "@ divergence))",
        (
            "tests/identifiability/exact/test_infonce.py"
            "::test_finite_k_gap_is_the_divergence_of_the_softmax_from_the_index_posterior",
        ),
    ),
    Mutation(
        "pooled law that forgets the weights of the environments",
        "scm/environments.py",
        "tables = [weight * law.table for",
        "tables = [law.table / len(self.laws) + 0 * weight for",
        ("tests/scm/test_environments.py::test_shifts_exchange_one_mechanism_and_weights_pool_them",),
    ),
    Mutation(
        "do() that cuts the children off instead of the parents",
        "scm/graph.py",
        "if b not in names]",
        "if a not in names]",
        ("tests/scm/test_graph.py::test_do_removes_exactly_the_edges_into_the_named_variables",),
    ),
    Mutation(
        "inverse mixing with the wrong branch of the activation",
        "scm/mixing.py",
        "x = np.minimum(x, x / x.dtype.type(self.slope))",
        "x = np.maximum(x, x / x.dtype.type(self.slope))",
        ("tests/scm/test_mixing.py::test_inverse_undoes_the_mixing",),
    ),
    Mutation(
        "ceiling of a sine that forgets the style's own noise",
        "scm/ceilings.py",
        "+ np.diag(law.noise_covariance) + moved",
        "+ moved",
        ("tests/scm/test_sentence.py::test_sine_ceilings_agree_with_quadrature",),
    ),
    Mutation(
        "streams whose names run into each other",
        "scm/streams.py",
        '"\\x1f".join',
        '"".join',
        ("tests/scm/test_streams.py::test_where_one_name_ends_matters",),
    ),
    Mutation(
        "set encoder that forgets the padding mask",
        "identifiability/learning/encoders.py",
        "0.2) * mask[..., None]",
        "0.2)",
        (
            "tests/identifiability/learning/test_encoders.py::test_what_stands_in_padding_changes_nothing",
            "tests/identifiability/learning/test_encoders.py::test_each_real_token_counts",
        ),
    ),
    Mutation(
        "transformer that attends to padding",
        "identifiability/learning/encoders.py",
        "attn_mask=mask[:, None, None, :]",
        "attn_mask=None",
        ("tests/identifiability/learning/test_encoders.py::test_what_stands_in_padding_changes_nothing",),
    ),
    Mutation(
        "resume that forgets the optimizers' state",
        "identifiability/learning/checkpoint.py",
        'optimizer.load_state_dict({**optimizer.state_dict(), "state": state})',
        "optimizer.load_state_dict(optimizer.state_dict())",
        ("tests/identifiability/learning/test_loop.py::test_an_interrupted_run_goes_on_as_if_it_had_not_been",),
    ),
    Mutation(
        "training at a constant rate",
        "identifiability/learning/loop.py",
        'group["lr"] = rate * config.rate(step)',
        'group["lr"] = rate',
        ("tests/identifiability/learning/test_loop.py::test_the_first_step_is_taken_at_the_rate_of_the_schedule",),
    ),
    Mutation(
        "verdict that lets NaN pass",
        "identifiability/claims/claim.py",
        "bool(value == value and (low is None or value >= low) and (high is None or value <= high))",
        "not (low is not None and value < low) and not (high is not None and value > high)",
        (
            "tests/identifiability/claims/test_claim.py"
            "::test_a_measurement_meets_its_bar_with_the_ends_and_nan_meets_none",
            "tests/experiments/test_command.py::test_the_exit_code_tells_whether_a_claim_that_should_hold_is_refuted",
        ),
    ),
    Mutation(
        "exit code 1 for what is refuted as printed",
        "experiments/command.py",
        'entry["verdict"] == "refuted" and entry["form"] != "printed"',
        'entry["verdict"] == "refuted"',
        ("tests/experiments/test_command.py::test_the_exit_code_tells_whether_a_claim_that_should_hold_is_refuted",),
    ),
    Mutation(
        "what was not run is never tried again",
        "experiments/command.py",
        'if record["verdict"] != "not run"}',
        "if record}",
        ("tests/experiments/test_command.py::test_what_was_not_run_is_tried_again_and_recorded_once",),
    ),
    Mutation(
        "cell key that depends on the order of a setting",
        "experiments/records.py",
        "json.dumps(value, sort_keys=True,",
        "json.dumps(value,",
        ("tests/experiments/test_cells.py::test_a_key_does_not_depend_on_the_order_of_a_setting",),
    ),
    Mutation(
        "torn last line left where the next record is appended to it",
        "experiments/records.py",
        "os.truncate(self.path, len(whole))",
        "pass",
        ("tests/experiments/test_records.py::test_a_torn_last_line_is_set_aside_reported_and_its_cell_redone",),
    ),
    Mutation(
        "IRMv1's unbiased penalty without its correction",
        "identifiability/objectives/baselines/irmv1.py",
        "- product.square().sum()) / (1 - share.square().sum())",
        ") / (1 - share.square().sum())",
        ("tests/identifiability/objectives/baselines/test_irmv1.py::test_expectations_over_all_minibatches",),
    ),
    Mutation(
        "balancing that forgets the weights it is given",
        "identifiability/objectives/vocabulary.py",
        "1.0 if weights is None else weights.numpy(force=True))",
        "1.0)",
        ("tests/identifiability/objectives/test_population.py::test_frequencies_of_the_weighted_batch_are_the_law",),
    ),
    Mutation(
        "an environment without a value constrains it",
        "identifiability/exact/invariance/irm.py",
        "lowest = np.where(mass > 0, posterior, np.inf)",
        "lowest = np.where(mass >= 0, posterior, np.inf)",
        ("tests/identifiability/exact/invariance/test_irm.py::test_feasibility_is_that_of_the_bilevel_problem",),
    ),
    Mutation(
        "a test of many predictions at the level of one",
        "identifiability/exact/invariance/sampling.py",
        "tails = np.minimum(1.0, tails * np.maximum(tested.sum(axis=0), 1))",
        "pass",
        (
            "tests/identifiability/exact/invariance/test_decision.py::test_sampled_counts_of_an_optimal_law_are_refused_at_the_level_asked_for",
        ),
    ),
    Mutation(
        "calibration that does not pool equal predictions",
        "identifiability/exact/invariance/calibration.py",
        "return same.argmax(axis=1)",
        "return np.arange(len(rows))",
        ("tests/identifiability/exact/invariance/test_calibration.py::test_three_ways_to_say_that_erm_is_invariant",),
    ),
    Mutation(
        "SWAP whose normal form forgets the kinds",
        "scm/composition/operators.py",
        "waiting.setdefault(self.kinds[token], []).append(token)",
        "waiting.setdefault(0, []).append(token)",
        ("tests/scm/composition/test_operators.py::test_canonical_forms_are_equal_exactly_within_a_class",),
    ),
    Mutation(
        "ties that win",
        "identifiability/metrics/pairwise.py",
        '{"share": 1 / (1 + tied), "lose": 0.0, "win": 1.0}[ties]',
        "1.0",
        ("tests/identifiability/metrics/test_pairwise.py::test_constant_scores_are_worth_what_the_rule_says",),
    ),
    Mutation(
        "swapped captions with the proposal of another context",
        "identifiability/exact/invariance/batches.py",
        "rows = np.tile(proposal[z], (len(law), 1))",
        "rows = np.tile(proposal[0], (len(law), 1))",
        (
            "tests/identifiability/exact/invariance/test_batches.py::test_swapped_captions_divide_by_their_proposal_and_leave_other_contexts_open",
        ),
    ),
    Mutation(
        "IRMv1 of a table without its slope's gradient",
        "identifiability/exact/invariance/penalised.py",
        "slope_gradient=gradient + image * q * centred",
        "slope_gradient=gradient",
        ("tests/identifiability/exact/invariance/test_penalised.py::test_gradient_is_the_derivative",),
    ),
    Mutation(
        "the sphere's descent without its tangent",
        "identifiability/exact/invariance/sphere.py",
        "gradient -= unit * (gradient * unit).sum(axis=1, keepdims=True)",
        "gradient -= unit",
        ("tests/identifiability/exact/invariance/test_sphere.py::test_descent_finds_the_minimum_on_both_sides",),
    ),
    Mutation(
        "bridging that lets the label see the context",
        "identifiability/exact/invariance/bridging.py",
        '("y", ("environment", "z_env"), "z_cls")',
        '("y", "environment", "z_cls")',
        ("tests/identifiability/exact/invariance/test_bridging.py::test_which_conditions_fail",),
    ),
    Mutation(
        "distinct negatives counted once too often",
        "identifiability/exact/distinct_negatives.py",
        "(1 - text) ** (k - 1)",
        "(1 - text) ** k",
        ("tests/identifiability/exact/test_distinct_negatives.py::test_loss_equals_the_sum_over_ordered_batches",),
    ),
)


def copy_of_the_tree(folder: Path) -> Path:
    """A copy in which files may be changed."""
    ignore = shutil.ignore_patterns("__pycache__", "output", ".*")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy2(source, folder / name)
    return folder


def run_here(tests: tuple[str, ...], tree: Path, printed: Path) -> int:
    """Run pytest in this process on a copy of the tree, with all that it prints in a file."""
    output = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    os.environ.update(PYTHONPATH=str(tree), PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = True
    return pytest.main(["-p", "no:cacheprovider", "-rf", "--tb=line", *tests])


def failing(tests: tuple[str, ...], tree: Path) -> tuple[int, set[str], str]:
    """pytest's exit code on these tests in the copy, those that failed (without parameters), and what it printed.

    Runs in a fork of this process, which has imported what is slow to import and nothing of the project.
    """
    printed = tree / "printed.txt"
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code: int = SOMETHING_ELSE
        try:
            code = run_here(tests, tree, printed)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)  # at once: what follows in this process is the parent's
    _, status = os.waitpid(child, 0)
    text = printed.read_text()
    failed = {line.split()[1].split("[")[0] for line in text.splitlines() if line.startswith("FAILED ")}
    return os.waitstatus_to_exitcode(status), failed, text


def killed(mutation: Mutation, tree: Path) -> str:
    """Empty when every named test fails under the mutation; else what happened instead."""
    path = tree / mutation.file
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        code, failed, text = failing(mutation.tests, tree)
    finally:
        path.write_text(original, encoding="utf-8")
    if code not in (0, 1):
        return f"pytest exited with {code}: {text.strip().splitlines()[-1]}"
    survived = [test for test in mutation.tests if test not in failed]
    return f"passes: {', '.join(survived)}" if survived else ""


def main() -> int:
    """Run the mutations asked for and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="numbers of the mutations to run")
    numbers = parser.parse_args().only or range(1, len(MUTATIONS) + 1)
    if wrong := [number for number in numbers if not 1 <= number <= len(MUTATIONS)]:
        parser.error(f"--only {wrong}: expected numbers from 1 to {len(MUTATIONS)}")
    chosen = {number: MUTATIONS[number - 1] for number in numbers}
    for slow_to_import in ("networkx", "scipy.stats", "sklearn.linear_model", "torch"):
        importlib.import_module(slow_to_import)
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        tree = copy_of_the_tree(Path(folder))
        every_test = tuple(dict.fromkeys(test for mutation in chosen.values() for test in mutation.tests))
        code, _, text = failing(every_test, tree)
        if code != 0:
            print(text)
            print("the tests named must pass on the code as it is")
            return 1
        survivors = 0
        for number, mutation in chosen.items():
            started = time.perf_counter()
            problem = killed(mutation, tree)
            survivors += bool(problem)
            outcome = f"SURVIVES ({problem})" if problem else "killed"
            seconds = time.perf_counter() - started
            print(f"{number:3d}  {mutation.what:62s}  {seconds:5.1f} s  {outcome}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutations make the suite fail")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
