"""Speed, memory and the mechanism, measured side by side in one run: `make bench`, `make bench-synthetic`."""
