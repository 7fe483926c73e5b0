"""The jobs, one file each, named like their button. Each has `plan(ctx)` and `apply(ctx)`, both True when done."""
