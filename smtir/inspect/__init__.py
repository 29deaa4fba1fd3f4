"""Everything that reads IR and snapshots for a person: opt, diff, explain, doctor."""
