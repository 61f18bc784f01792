"""What alignment cost and gave, measure by measure: pure arithmetic on stored outputs."""
