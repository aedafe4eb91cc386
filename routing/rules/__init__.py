"""Pure decisions: values and an instant in, an answer with its reason out."""
