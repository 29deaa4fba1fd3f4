"""What every pass is made of: pass definition, pipelines, lowering rules."""
