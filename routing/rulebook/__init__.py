"""The practice file: read, checked and turned into the frozen values that the rules decide with."""
