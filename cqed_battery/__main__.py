"""The command line as `python -m cqed_battery`."""

from cqed_battery.cli import main

if __name__ == "__main__":
    main()
