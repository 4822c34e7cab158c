"""What methods share: controllers, mixtures, hypergradients, searches, diagnostics."""
