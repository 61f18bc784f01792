"""From a base checkpoint to an aligned one: SFT, DPO, reward models and RL, through TRL."""
