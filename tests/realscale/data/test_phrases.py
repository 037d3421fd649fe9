"""Articles around CLDR names."""

import pytest

from realscale.data.phrases import with_article


@pytest.mark.parametrize(
    ("label", "phrase"),
    [
        ("red apple", "a red apple"),
        ("olive", "an olive"),
        ("hourglass done", "an hourglass done"),
        ("unicorn", "a unicorn"),
        ("umbrella", "an umbrella"),
        ("euro banknote", "a euro banknote"),
        ("one-piece swimsuit", "a one-piece swimsuit"),
        ("oncoming bus", "an oncoming bus"),
        ("grapes", "grapes"),
        ("busts in silhouette", "busts in silhouette"),
        ("umbrella with rain drops", "an umbrella with rain drops"),
        ("women with bunny ears", "women with bunny ears"),
        ("cactus", "a cactus"),
        ("compass", "a compass"),
        ("family: man, woman, boys", "a family: man, woman, boys"),
        ("no entry", "no entry"),
        ("OK hand", "OK hand"),
        ("1st place medal", "1st place medal"),
    ],
)
def test_with_article(label: str, phrase: str) -> None:
    assert with_article(label) == phrase
