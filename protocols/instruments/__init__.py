"""The same sequence played on control electronics, or rehearsed there against the emulated chip.

`setup` reads which signal is which channel, `layout` lays settings out on an instrument's grid as
parts of a `programme`, `loading` splits them. `writer` is the interface that a maker's software
stands behind, `labone_q` the one such folder there is, `doors` chooses it. `compilation` compares
what was compiled with the sequence; `reading`, `replay` and `rehearsal` put it on the emulator's
dynamics; `acquisition` takes the counts.
"""
