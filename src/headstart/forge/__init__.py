"""Making models: base to SFT to DPO or RL, and the pair that ships with the package."""
