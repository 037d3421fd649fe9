"""What a policy is worth: its completions of a benchmark's prompts, and its measures on scenes in three laws."""
