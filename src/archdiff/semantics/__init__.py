"""What the text means: `kinds` say what a layer is, `rules` when two spellings are one."""
