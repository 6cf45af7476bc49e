"""One file a trick: `apply(game, *, ...) -> game`, and TITLE and SOURCE for reports.

A trick changes any adversarial game that it suits, and refuses the others with a UserError that
says why.  An entry of params.yaml lists its tricks under `tricks`, and they are applied in that
order: `tricks: [packing, {unrolled: {steps: 5}}]`.  First come those that change networks and
losses, `spectral_norm` late among them; then those that keep copies: `ensemble` of the critic,
`average` of the generator, `unrolled` and `historical_averaging` of both.
"""
