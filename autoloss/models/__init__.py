"""Recommenders, one file each: Model(field_sizes, n_outputs, *, hyperparameters). Helpers begin with an underscore."""
