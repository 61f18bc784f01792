"""The measures, one to a file: from two checkpoints' stored outputs to paired differences."""
