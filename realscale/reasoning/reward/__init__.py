"""The process reward of real completions: windows of their text, coded once each, scored against the image.

The arithmetic is in `identifiability.objectives.process_reward`; here are texts, tokenisers and text encoders.
"""

from realscale.reasoning.reward.encoding import WindowEncoder
from realscale.reasoning.reward.scoring import ProcessReward, RewardSettings, Scored
from realscale.reasoning.reward.windows import Window, Written, windows, written

__all__ = ["ProcessReward", "RewardSettings", "Scored", "Window", "WindowEncoder", "Written", "windows", "written"]
