"""A Qwen2.5-VL of random weights, small enough for a CPU, whose tokenizer is learnt from a list of texts."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from realscale.reasoning.policies.loading import Policy, load_policy, transformers_library

END, PADDING = "<|im_end|>", "<|endoftext|>"
MARKS = ("<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
HEADS = 4
PATCH = 28  # pixels a side of what becomes one token: 14 of the patch, two by two of them merged

# As Qwen2.5-VL writes conversations, without its system message.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tiny_vision_policy(
    texts: Iterable[str],
    folder: Path,
    *,
    seed: int = 0,
    hidden: int = 128,
    layers: int = 3,
    vision_layers: int = 2,
    vocabulary: int = 512,
    image_size: int = 56,
) -> Policy:
    """A Qwen2.5-VL of random weights and its processor, written to a folder and read from there.

    Args:
        texts: what it will read and write, from which its byte-level BPE learns its merges; all bytes have a token.
        folder: where it is kept; a folder that has one is written over.
        seed: of the weights.
        hidden: width, a multiple of 32; 128 with 3 and 2 layers are 0.7 million parameters.
        layers: of the decoder.
        vision_layers: of the image tower.
        vocabulary: tokens at most, with the 256 bytes and 7 marks.
        image_size: larger images are scaled down to this many pixels a side; 56 pixels are 4 tokens.

    Raises:
        MissingData: transformers or torchvision is not installed.
        ValueError: a width that heads cannot share, or a vocabulary that does not hold the bytes.
    """
    if hidden < 32 or hidden % 32:
        raise ValueError(
            f"hidden is {hidden}; expected a multiple of 32, because {HEADS} heads share it and rotary positions take "
            "each head's half in parts for time, height and width"
        )
    if vocabulary < 256 + len(MARKS) + 2:
        raise ValueError(
            f"vocabulary is {vocabulary}; expected at least {256 + len(MARKS) + 2}, because every byte and every mark "
            "has a token"
        )
    processor = _processor(texts, vocabulary, image_size)
    config = _configuration(processor.tokenizer, hidden, layers, vision_layers)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = transformers_library().Qwen2_5_VLForConditionalGeneration(config)
    Policy(model, processor).save(folder)
    return load_policy(folder)


def _processor(texts: Iterable[str], vocabulary: int, image_size: int) -> Any:
    from tokenizers import pre_tokenizers

    library = transformers_library()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    letters = library.Qwen2Tokenizer(
        vocab={letter: number for number, letter in enumerate(alphabet)},
        merges=[],
        eos_token=END,
        pad_token=PADDING,
        extra_special_tokens=list(MARKS),
        padding_side="left",
    )
    return library.Qwen2_5_VLProcessor(
        image_processor=library.Qwen2VLImageProcessor(min_pixels=PATCH**2, max_pixels=max(image_size, PATCH) ** 2),
        tokenizer=letters.train_new_from_iterator(texts, vocab_size=vocabulary, show_progress=False),
        video_processor=library.Qwen2VLVideoProcessor(),  # the processor cannot be made without one
        chat_template=CHAT_TEMPLATE,
    )


def _configuration(tokenizer: Any, hidden: int, layers: int, vision_layers: int) -> Any:
    number = tokenizer.convert_tokens_to_ids
    half = hidden // HEADS // 2
    quarter = half // 4
    marks = {"eos_token_id": number(END), "pad_token_id": number(PADDING), "bos_token_id": number(PADDING)}
    return transformers_library().Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": hidden,
            "intermediate_size": 2 * hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": HEADS,
            "num_key_value_heads": 2,
            "max_position_embeddings": 2048,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [half - 2 * ((half - quarter) // 2), (half - quarter) // 2, (half - quarter) // 2],
            },
            **marks,
        },
        vision_config={
            "depth": vision_layers,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": HEADS,
            "out_hidden_size": hidden,
            "window_size": 4 * PATCH,
            "fullatt_block_indexes": [vision_layers - 1],
        },
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
        tie_word_embeddings=True,
        **marks,
    )
