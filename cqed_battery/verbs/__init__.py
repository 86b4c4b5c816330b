"""The verbs as Python functions: what the command line does, for scripts and notebooks.

    import cqed_battery as cb
    results = cb.run("examples/proposed.toml", "runs/proposed")

Where a floor has the function itself, such as `protocols.emulate`, the name stands for that one.
Each file lists its verbs as `__all__`, and `cqed_battery` takes them from there; like the command
line, this room may use every floor.
"""
