"""The figures of the seed papers, computed: one file per paper."""
