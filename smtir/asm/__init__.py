"""The engine behind declarative assembly formats of operations that upstream MLIR does not know."""
