"""Evidence that tracks show one person, as probabilities: faces compared with what they can show, and clothes.

Arrays in, arrays out. The weights belong to the model pack. Which tracks join which identity is decided in
`identities`.
"""
