"""The practice file: checked with line numbers, then frozen into the values the rules read."""
