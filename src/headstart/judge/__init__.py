"""From trials to a verdict: pure arithmetic, no torch, no disk, no clock."""
