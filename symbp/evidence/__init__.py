"""Is it true?  Normal forms, exact evaluation, counterexamples, and the words for a verdict."""
