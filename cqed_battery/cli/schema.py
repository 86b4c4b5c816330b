"""The verb that describes experiment files to editors: schema."""

import json

from cqed_battery.cli.shared.verb import Answer, verb


@verb("Begin")
def schema() -> Answer:
    """Print the JSON Schema of experiment files, for editors that complete and check TOML."""
    import cqed_battery as cb

    found = cb.schema()
    return Answer(lambda: json.dumps(found, indent=1), found)
