"""Cost of one InfoNCE value and gradient: two autograd cross entropies on the full matrix against the blockwise loss.

Each line is measured in fresh processes, single precision, one thread, 5 coordinates spread as trained codes are:
process CPU time (least of the repeats) and peak resident memory beyond what was resident before the first call.

    python benchmarks/infonce.py            K up to 32768; the naive loss up to 8192 (about 1.5 GB, half a minute)
    python benchmarks/infonce.py --quick    K up to 4096
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

BATCHES = (512, 1024, 2048, 4096, 8192, 16384, 32768)
NAIVE_LARGEST = 8192
QUICK_LARGEST = 4096
DIMENSION = 5
SPREAD = 6.0  # standard deviation of the codes in units of the temperature's root, as in trained encoders


def measure(method: str, count: int) -> dict[str, float]:
    """CPU milliseconds and extra peak megabytes of one value and gradient, in this process."""
    import psutil
    import torch
    from torch.nn.functional import cross_entropy

    from identifiability.objectives import similarity_matrix, symmetric_infonce

    def naive(f: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
        scores, target = similarity_matrix(f, g), torch.arange(len(f))
        return 0.5 * (cross_entropy(scores, target) + cross_entropy(scores.T, target))

    torch.set_num_threads(1)
    loss = {"naive": naive, "blockwise": symmetric_infonce}[method]
    generator = torch.Generator().manual_seed(0)

    def once(pairs: int) -> float:
        f = (SPREAD * torch.randn(pairs, DIMENSION, generator=generator)).requires_grad_()
        g = (f.detach() + 0.3 * torch.randn(pairs, DIMENSION, generator=generator)).requires_grad_()
        start = time.process_time()
        loss(f, g).backward()
        return time.process_time() - start

    once(64)  # libraries loaded, thread pools and autograd started
    before = psutil.Process().memory_info().rss / 2**20
    best = once(count)
    extra = peak_megabytes() - before
    for _ in range(min(100, int(2.0 / best))):
        best = min(best, once(count))
    return {"milliseconds": 1e3 * best, "megabytes": max(0.0, extra)}


def peak_megabytes() -> float:
    """Largest resident memory of this process so far; the system counts it in kilobytes, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def measured_apart(method: str, count: int) -> dict[str, float]:
    """`measure` in a fresh process, so that no memory of an earlier measurement counts."""
    command = [sys.executable, __file__, "--measure", method, str(count)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"batches up to {QUICK_LARGEST} alone")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout instead of the table")
    parser.add_argument("--measure", nargs=2, metavar=("METHOD", "K"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure[0], int(arguments.measure[1]))))
        return
    batches = [count for count in BATCHES if not arguments.quick or count <= QUICK_LARGEST]
    if not arguments.json:
        print(f"{'K':>6} {'naive':>22} {'blockwise':>22} {'speed-up':>9}")
    results = []
    for count in batches:
        naive = measured_apart("naive", count) if count <= NAIVE_LARGEST else None
        blockwise = measured_apart("blockwise", count)
        speedup = naive["milliseconds"] / blockwise["milliseconds"] if naive else None
        results.append({"K": count, "naive": naive, "blockwise": blockwise, "speedup": speedup})
        if not arguments.json:
            cells = [f"{m['milliseconds']:9.2f} ms {m['megabytes']:6.0f} MB" if m else "-" for m in (naive, blockwise)]
            ratio = f"{speedup:.1f}x" if speedup else "-"
            print(f"{count:>6} {cells[0]:>22} {cells[1]:>22} {ratio:>9}", flush=True)
    if arguments.json:
        print(json.dumps({"dimension": DIMENSION, "dtype": "float32", "threads": 1, "results": results}, indent=1))


if __name__ == "__main__":
    main()
