"""Real image-text sets behind one interface; `python -m realscale.data fetch NAME` gets them."""

from realscale.data.contact_sheet import ContactSheet, contact_sheet
from realscale.data.dataset import CaptionMode, ImageTextSet
from realscale.data.errors import DataError, MissingData
from realscale.data.labelled import LabelledImages
from realscale.data.layouts import load_folder
from realscale.data.sets import load
from realscale.data.words import WordVocabulary

__all__ = [
    "CaptionMode",
    "ContactSheet",
    "DataError",
    "ImageTextSet",
    "LabelledImages",
    "MissingData",
    "WordVocabulary",
    "contact_sheet",
    "load",
    "load_folder",
]
