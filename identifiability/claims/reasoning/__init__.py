"""Claims about process rewards for reasoning models, checked on decision problems of a few tokens by enumeration."""
