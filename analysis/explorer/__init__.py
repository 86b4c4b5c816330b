"""The explorer: a page with sliders that shows at each move what an experiment file would give."""
