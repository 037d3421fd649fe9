"""Which completions earn process reward without saying anything of the image, and by how much, under each form."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.reasoning.completions import Completions
from identifiability.exact.reasoning.scorer import TWO_BIT_CONTENT, TWO_BIT_CONTEXT, two_bits
from identifiability.objectives.process_reward import FORMS, Form

IMAGE, WIDTH, LONG = 3, 2, 12  # the image whose content and context agree on class 1
RIGHT, WRONG, SHOWN, FUNCTION, END = 1, 0, 3, 4, 5  # tokens; SHOWN is the word of the image's context
HONEST = "names what it sees, then answers"
POLICIES: Mapping[str, tuple[int, ...]] = {
    HONEST: (FUNCTION, SHOWN, FUNCTION, RIGHT, END),
    "answers at once": (RIGHT, END),
    "says nothing": (END,),
    "repeats the class word": (RIGHT,) * (LONG - 1) + (END,),
    "names every class, then answers": (WRONG, RIGHT) * ((LONG - 2) // 2) + (RIGHT, END),
    "repeats the word of the context": (SHOWN,) * (LONG - 1) + (END,),
    "talks long, then answers": (FUNCTION,) * (LONG - 2) + (RIGHT, END),
}
EXAMPLE = {"a": FUNCTION, "dog": RIGHT, "on": FUNCTION, "snow": SHOWN, "no": FUNCTION, "cat": WRONG}
SENTENCE = ("a", "dog", "on", "snow", "no", "cat", "a", "dog")
SILENT = ("says nothing", "repeats the word of the context")  # these do not answer


def rows(completions: Mapping[str, tuple[int, ...]]) -> Int[np.ndarray, "N T"]:
    """Tokens of the completions, padded with -1."""
    return np.array([[*tokens, *[-1] * (LONG - len(tokens))] for tokens in completions.values()])


def process_returns(setting: Setting, form: Form) -> Float[np.ndarray, " N"]:
    """Process return of each of the policies with the image."""
    scorer = two_bits(setting["label_noise"], np.array(setting["colour"]), balanced=setting["balanced"])
    found = scorer.rewards(rows(POLICIES), form=form, width=WIDTH, penalty=setting["penalty"])
    return found[IMAGE].sum(axis=1)


def along_tokens(setting: Setting) -> dict[str, object]:
    """An example's likelihood, environment words and rewards of every form, token by token."""
    scorer = two_bits(setting["label_noise"], np.array(setting["colour"]), balanced=setting["balanced"])
    tokens = np.array([[*(EXAMPLE[word] for word in SENTENCE), END]])
    rewards = {form: scorer.rewards(tokens, form=form, width=WIDTH, penalty=setting["penalty"]) for form in FORMS}
    return {
        "words": [*SENTENCE, "end"],
        "likelihood": np.where(scorer.steps(tokens), scorer.likelihoods(tokens, WIDTH)[IMAGE], 0.0)[0].tolist(),
        "overlap": scorer.overlap(tokens, WIDTH)[0].tolist(),
        "penalty": setting["penalty"],
        "rewards": {form: found[IMAGE, 0].tolist() for form, found in rewards.items()},
    }


def gains(setting: Setting, seed: int, context: Context) -> Evidence:
    """What each degenerate policy earns above the honest one, under the setting's form; the table has all forms."""
    table = {form: process_returns(setting, form) for form in FORMS}
    gain = {form: returns - returns[0] for form, returns in table.items()}
    own = dict(zip(POLICIES, gain[setting["form"]].tolist(), strict=True))
    best = max(own, key=lambda name: own[name])
    return Evidence(
        measured={
            "largest_gain": own[best],
            "gain_of_saying_nothing": own["says nothing"],
            "gain_of_repeating_the_class_word": own["repeats the class word"],
            "gain_of_naming_every_class": own["names every class, then answers"],
            "gain_of_talking_long": own["talks long, then answers"],
        },
        bar={"largest_gain": (-1e-12, 1e-12)},
        series={
            "policies": list(POLICIES),
            "honest": HONEST,
            "silent": list(SILENT),
            "gain": {form: found.tolist() for form, found in gain.items()},
            "return": {form: found.tolist() for form, found in table.items()},
            "along_tokens": along_tokens(setting),
        },
        note=f"nats above the policy that {HONEST}; the highest gain has the one that {best}",
    )


def something_gains(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where a degenerate policy must gain."""
    return replace(gains(setting, seed, context), bar={"largest_gain": (0.2, None)})


def best_of_each_length(setting: Setting, seed: int, context: Context) -> Evidence:
    """The highest process return among all completions with n words, against the image's best word n times."""
    scorer = two_bits(setting["label_noise"], np.array(setting["colour"]), balanced=setting["balanced"])
    completions = Completions(scorer.words, setting["horizon"])
    form, penalty = setting["form"], setting["penalty"]
    returns = scorer.rewards(completions.tokens, form=form, width=setting["width"], penalty=penalty).sum(axis=2)
    lengths = completions.wrote.sum(axis=1)
    shortfall, margin = 0.0, np.inf
    for image, earned in enumerate(returns):
        for words in range(1, setting["horizon"]):
            same = completions.ended & (lengths == words)
            repeated = same & (completions.tokens[:, :words] == completions.tokens[:, :1]).all(axis=1)
            shortfall = max(shortfall, float(earned[same].max() - earned[repeated].max()))
            honest = same & (completions.tokens[:, :words] == _sentence(image, words)).all(axis=1)
            margin = min(margin, float(earned[repeated].max() - earned[honest].max()))
    return Evidence(
        measured={"shortfall_of_repetition": shortfall, "least_lead_over_a_sentence": margin},
        bar={"shortfall_of_repetition": (-1e-12, 1e-12), "least_lead_over_a_sentence": (0.0, None)},
        note=f"all {int(completions.ended.sum())} completions that end, four images",
    )


def sentence_wins(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where something must earn more than any repeated word."""
    return replace(best_of_each_length(setting, seed, context), bar={"shortfall_of_repetition": (0.05, None)})


def _sentence(image: int, words: int) -> Int[np.ndarray, " n"]:
    """The context, function words, and the class of the content last, as far as there is room."""
    told = [2 + int(TWO_BIT_CONTEXT[image]), *[FUNCTION] * max(0, words - 2), int(TWO_BIT_CONTENT[image])]
    return np.array(told[-words:])


_SOURCE = "CLIP-IRM (CVPR 2026), process reward"
_NOTHING = "hacking.potential"
_REPEAT = "hacking.repetition"
_POTENTIAL = "the reward is the difference of a potential"
_MEAN = "a window scores the mean of its words"
_SCORER = {"label_noise": 0.25, "colour": [0.95, 0.9], "balanced": False}
_TABLE = {**_SCORER, "penalty": 1.0}
_ALL = {**_TABLE, "horizon": 5, "width": 2}

CLAIMS = (
    Claim(
        id=_NOTHING,
        statement="Paid as the difference of a potential, no degenerate completion earns more process reward than an "
        "honest one: all earn the same.",
        formula=r"\sum_k r_k=-\Psi(0)",
        source=f"{_SOURCE}, corrected; own proof",
        form="corrected",
        track="exact",
        assumptions=(_POTENTIAL,),
        check=gains,
        **every_preset({**_TABLE, "form": "potential"}),
    ),
    Claim(
        id=f"{_NOTHING}.printed",
        statement="Summed as printed, saying nothing or answering at once earns nats more than an honest completion.",
        formula=r"\sum_{k\le 1}s_k>\sum_{k\le T}s_k",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=something_gains,
        drops=(_NOTHING, _POTENTIAL),
        **every_preset({**_TABLE, "form": "printed"}),
    ),
    Claim(
        id=f"{_NOTHING}.mean",
        statement="Averaged over the steps, repeating the image's class word at any length earns more than an honest "
        "completion.",
        formula=r"s(x,y)=\max_h s(x,h)\Rightarrow\frac{1}{T}\sum_{k\le T}s_k=s(x,y)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=something_gains,
        drops=(_NOTHING, _POTENTIAL),
        **every_preset({**_TABLE, "form": "mean"}),
    ),
    Claim(
        id=_REPEAT,
        statement="Among all completions with as many words, one word repeated earns the most process reward, summed "
        "or averaged.",
        formula=r"\max_{t_1,\ldots,t_n}\sum_{k\le n}s(x,t_{k-w+1:k})=n\max_t s(x,t)",
        source="own proof",
        form="extra",
        track="exact",
        assumptions=(_MEAN,),
        check=best_of_each_length,
        **every_preset({**_ALL, "form": "printed"}, {**_ALL, "form": "mean"}, {**_ALL, "form": "mean", "penalty": 0.0}),
    ),
    Claim(
        id=f"{_REPEAT}.corrected",
        statement="Where a class word keeps its whole balancing correction beside a context word, and contexts are not "
        "penalised, the two together can earn more than either repeated.",
        formula=r"s(x,(y,s))>\max(s(x,y),s(x,s))",
        source="own example",
        form="violation",
        track="exact",
        assumptions=(),
        check=sentence_wins,
        drops=(_REPEAT, _MEAN),
        **every_preset({**_ALL, "form": "mean", "penalty": 0.0, "balanced": True}),
    ),
)
