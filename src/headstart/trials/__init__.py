"""From a plan to stored trials: starts, rungs, schedule, and the loop that runs them."""
