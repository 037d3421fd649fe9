"""The scorer that a trainer calls: each image once, each text once, and the same rewards as one at a time."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image

pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")
pytest.importorskip("trl", reason="needs the extra: pip install 'token-scm[realscale]'")

from realscale.composition.models import OpenClip
from realscale.reasoning.policies import Policy, load_policy
from realscale.reasoning.reward import ProcessReward, RewardSettings, WindowEncoder, windows, written
from realscale.reasoning.tasks import SceneSettings, scene_vocabulary
from realscale.reasoning.trainer import Rollouts
from realscale.reasoning.trainer.image_reward import ImageReward, patch_codes
from realscale.reasoning.trainer.scorer import Scorer
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.writing import save
from scm.tokens import TokenRole

VOCABULARY = scene_vocabulary(SceneSettings())
TEXTS = (
    "The circle is red. Answer: red",
    "A striped picture. The circle is red. Answer: red",
    "The circle is blue. Answer: blue",
    "The circle is red. Answer: red",
)


@pytest.fixture(scope="module")
def policy(policy_folder: Path) -> Policy:
    return load_policy(policy_folder)


def some(policy: Policy, images: Sequence[Image.Image | None], log: dict[str, float]) -> Rollouts:
    """Completions of two groups; pictures are read anew for every row, as a dataset gives them."""
    ids = [policy.tokenizer(text + policy.tokenizer.eos_token).input_ids for text in TEXTS]
    lengths = torch.tensor([len(row) for row in ids])
    decode = partial(policy.tokenizer.decode, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return Rollouts(
        images=[None if image is None else image.copy() for image in images],
        ids=ids,
        texts=[written(row, decode) for row in ids],
        mask=torch.arange(int(lengths.max())) < lengths[:, None],
        columns={"answer": ["red", "red", "blue", "red"]},
        log=log.__setitem__,
    )


def two_images() -> list[Image.Image]:
    return [Image.new("RGB", (32, 32), colour) for colour in ("red", "red", "blue", "blue")]


@pytest.mark.parametrize("patch_weight", [0.0, 0.4])
@pytest.mark.parametrize(("form", "stride"), [("printed", 1), ("mean", 4)])
def test_rewards_are_those_of_one_text_at_a_time_with_a_third_of_the_texts(
    form: str, stride: int, patch_weight: float, policy: Policy, clip: str
) -> None:
    settings = RewardSettings(width=6, stride=stride, form=form, patch_weight=patch_weight)
    towers = _double(clip)
    seen: list[str] = []
    pictures: list[int] = []

    def encode(texts: Sequence[str]) -> torch.Tensor:
        seen.extend(texts)
        return towers.model.encode_text(towers.tokenizer(list(texts)), normalize=True)

    def encode_images(images: Sequence[Image.Image]) -> torch.Tensor:
        pictures.append(len(images))
        with torch.inference_mode():
            return towers.model.encode_image(_pixels(towers, images), normalize=True)

    class OneByOne(WindowEncoder):
        def __call__(self, texts: Sequence[str]) -> torch.Tensor:
            with torch.no_grad():
                return torch.cat([self.encode([text]) for text in texts])

    patches = None
    if patch_weight:
        patches = _double_patches(towers)
    prompts = [f"a photo of a {word}" for word in VOCABULARY.words_by_role[TokenRole.CLASS]]
    log: dict[str, float] = {}
    rollouts = some(policy, two_images(), log)
    found = ImageReward(
        ProcessReward(WindowEncoder(encode), VOCABULARY, prompts, settings), encode_images, patches=patches
    )
    rewards = found(rollouts)
    assert pictures == [2]  # four completions about two pictures
    asked = sum(len(windows(text, 6, stride)) for text in rollouts.texts)
    tokens = int(rollouts.mask.sum())
    assert log["process/windows"] == asked + len(prompts)
    assert log["process/windows_encoded"] == len(seen) == len(set(seen))
    if stride > 1:
        assert 3 * (len(seen) - len(prompts)) <= tokens
    seen.clear()
    plain = ProcessReward(OneByOne(encode), VOCABULARY, prompts, settings)
    expected = ImageReward(plain, encode_images, patches=patches)(rollouts)
    assert len(seen) == asked + len(prompts)
    assert (rewards - expected).abs().max() < 1e-5
    assert rewards.abs().max() > 0.1
    assert found(rollouts).equal(rewards)
    assert log["process/windows_encoded"] == 0


def _double(clip: str) -> OpenClip:
    """The scorer's towers in double precision, in which a rounding is no difference."""
    Scorer(clip=clip).process_reward(VOCABULARY)  # makes the architecture known
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(0)
        towers = OpenClip(Path(clip).stem)
    towers.model.double()
    return towers


def _pixels(towers: OpenClip, images: Sequence[Image.Image]) -> torch.Tensor:
    return torch.stack([towers.transform(image) for image in images]).double()


def _double_patches(towers: OpenClip) -> Callable[[Sequence[Image.Image]], torch.Tensor]:
    plain = towers.transform
    towers.transform = lambda image: plain(image).double()
    encode = patch_codes(towers)
    return lambda images: encode(images).double()


def test_patches_have_the_place_of_texts_and_leave_the_tower_as_it_was(clip: str) -> None:
    towers = _double(clip)
    towers.model.float()
    image = Image.effect_noise((32, 32), 80).convert("RGB")
    codes = patch_codes(towers)([image, image])
    assert codes.shape == (2, 16, 32)
    torch.testing.assert_close(codes.norm(dim=-1), torch.ones(2, 16))
    assert not torch.allclose(codes[0, 0], codes[0, 1], atol=1e-3)
    assert towers.encode_images([image]).shape == (1, 32)


def test_the_command_makes_a_scorer_of_clip_and_a_vocabulary(clip: str, tmp_path: Path, policy: Policy) -> None:
    path = tmp_path / "vocabulary.yaml"
    save(ReviewedVocabulary((Entry("circle", ("circles",)), Entry("square")), (Entry("beach"),)), path)
    made = Scorer(clip=clip, vocabulary=path, template="a drawing of a {}", clip_temperature=True).process_reward(None)
    assert made is not None
    assert made.reward.prompts == ("a drawing of a circle", "a drawing of a circles", "a drawing of a square")
    assert made.reward.settings.temperature == pytest.approx(0.07, rel=1e-3)  # what CLIP starts from
    again = Scorer(clip=clip).process_reward(VOCABULARY)
    other = Scorer(clip=clip).process_reward(VOCABULARY)
    assert again is not None
    assert other is not None
    log: dict[str, float] = {}
    rollouts = some(policy, two_images(), log)
    assert again(rollouts).equal(other(rollouts))  # random weights, decided by a seed
    assert log.keys() >= {"process/likelihood", "process/overlap"}
    assert Scorer().process_reward(None) is None


def test_what_cannot_be_scored_is_refused_in_words(clip: str, policy: Policy) -> None:
    with pytest.raises(ValueError, match="there is no vocabulary; expected --vocabulary"):
        Scorer(clip=clip).process_reward(None)
    made = Scorer(clip=clip).process_reward(VOCABULARY)
    assert made is not None
    with pytest.raises(ValueError, match="1 of 4 examples have no image"):
        made(some(policy, [None, *two_images()[1:]], {}))
    with pytest.raises(ValueError, match="codes of patches are given; expected both or neither"):
        ImageReward(made.reward, made.images, patches=made.images)
