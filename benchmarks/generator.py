"""Speed of the sentence-level generator against a plain per-sample loop: `python benchmarks/generator.py [--json]`.

Both draw the same model (dims 5/5/5, 3-layer leaky mixings, two modalities, all latents returned) on one thread in
float32; figures are samples per second of process CPU time, medians over repeats that alternate between the two.
"""

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from scm import SentenceConfig, SentenceSCM
from scm.laws import LinearGaussian

BAR_SAMPLES_PER_SECOND = 1.5e6
BAR_RATIO = 50.0


def loop(model: SentenceSCM, n: int, *, rng: np.random.Generator) -> tuple[dict[str, list], list, list]:
    """n samples of the same model, one at a time: draw each block from its parents, then mix it."""
    dtype = np.dtype(np.float32)
    laws = {name: law for name, law in model.laws.items() if isinstance(law, LinearGaussian)}
    factors = {name: np.linalg.cholesky(law.noise_covariance).astype(dtype) for name, law in laws.items()}
    weights = {name: {p: b.astype(dtype) for p, b in law.weights.items()} for name, law in laws.items()}
    offsets = {name: law.offset.astype(dtype) for name, law in laws.items()}
    mixings = {
        side: ([w.astype(dtype) for w in mixing.weights], mixing.shift.astype(dtype), mixing.scale.astype(dtype))
        for side, mixing in (("image", model.image_mixing), ("text", model.text_mixing))
    }
    slope = dtype.type(model.config.slope)

    def mixed(latent: np.ndarray, side: str) -> np.ndarray:
        matrices, shift, scale = mixings[side]
        x = matrices[0] @ latent
        for matrix in matrices[1:]:
            x = matrix @ np.maximum(x, slope * x)
        return (x - shift) / scale

    latents: dict[str, list] = {name: [] for name in laws}
    image, text = [], []
    for _ in range(n):
        z: dict[str, np.ndarray] = {}
        for name in laws:
            value = offsets[name] + factors[name] @ rng.standard_normal(len(offsets[name]), dtype=dtype)
            for parent, matrix in weights[name].items():
                value = value + matrix @ z[parent]
            z[name] = value
            latents[name].append(value)
        image.append(mixed(np.concatenate([z["z_inv"], z["z_dp_img"], z["z_pr_img"]]), "image"))
        text.append(mixed(np.concatenate([z["z_inv"], z["z_dp_tex"], z["z_pr_tex"]]), "text"))
    return latents, image, text


def check_loop(model: SentenceSCM) -> None:
    """The loop must mix its latents as the model does, else the ratio would compare different work."""
    latents, image, text = loop(model, 100, rng=np.random.default_rng(2))
    for observed, mixing, side in ((image, model.image_mixing, "img"), (text, model.text_mixing, "tex")):
        blocks = [np.array(latents[name]) for name in ("z_inv", f"z_dp_{side}", f"z_pr_{side}")]
        np.testing.assert_allclose(np.array(observed), mixing(np.concatenate(blocks, axis=1)), atol=1e-4)


def samples_per_second(draw: Callable[[], object], n: int) -> float:
    start = time.process_time()
    draw()
    return n / (time.process_time() - start)


def measure(*, vectorised: int = 400_000, looped: int = 4_000, repeats: int = 7) -> dict[str, float]:
    model = SentenceSCM.draw(SentenceConfig(layers=3), rng=np.random.default_rng(0))
    check_loop(model)
    rng = np.random.default_rng(1)
    fast, slow = [], []
    for _ in range(repeats):
        fast.append(samples_per_second(lambda: model.sample(vectorised, rng=rng, dtype=np.float32), vectorised))
        slow.append(samples_per_second(lambda: loop(model, looped, rng=rng), looped))
    sample, plain = float(np.median(fast)), float(np.median(slow))
    return {"samples_per_second": sample, "loop_samples_per_second": plain, "ratio": sample / plain}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    with threadpool_limits(limits=1):
        result = measure()
    bars = {"samples_per_second": BAR_SAMPLES_PER_SECOND, "ratio": BAR_RATIO}
    met = all(result[name] >= bar for name, bar in bars.items())
    if arguments.json:
        print(json.dumps({"benchmark": "generator", "measured": result, "bar": bars, "met": met}, indent=2))
    else:
        print("15 coordinates a modality, 3-layer leaky mixings, float32, one thread, CPU time")
        print(f"  SentenceSCM.sample  {result['samples_per_second'] / 1e6:7.2f} M samples/s   bar 1.50")
        print(f"  per-sample loop     {result['loop_samples_per_second'] / 1e6:7.4f} M samples/s")
        print(f"  ratio               {result['ratio']:7.1f} x             bar {BAR_RATIO:.0f}")
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
