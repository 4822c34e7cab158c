"""Rules for the weights of candidate losses; `_method` says what a method is."""
