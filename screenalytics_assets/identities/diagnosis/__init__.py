"""Diagnosis of stored identities: why a guardrail failed, and which change of a setting would let it pass.

Code belongs here if it reads stored identities and explains them to a person. It never changes an artifact. The
clustering itself belongs in `identities` and `clustering`, and the bounds of the guardrails in
`identities.identity_guardrails`.
"""
