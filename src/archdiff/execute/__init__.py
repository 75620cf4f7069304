"""Networks as programs that run: built or imported, compared by what they compute, timed, their checkpoints mapped.

    building/  a print to modules of torch          source/   a print to a Python program
    live/      a user's module: imported, guarded weights/  checkpoints and copies of numbers
    running/   both run: `--run`                    keys/     one checkpoint under the other's keys: `archdiff keys`
    devices/   devices, their timers and memory     bench/    both timed: `archdiff bench`

`running`, `keys` and `bench` stand above the others. Beside them: `tree`, a printed tree that can be changed;
`library`, layers that torch has no class for; `with_torch`, which loads torch or says that it is missing.
"""
