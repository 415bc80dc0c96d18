"""Typed settings of every stage, and the rules by which one source of a value overrides another.

The type, range, default and description of a setting belong here. Its values belong in `config/pipeline`, values of a
model pack in `config/packs`, and code that uses a setting in the folder of the artifact that it affects.
"""
