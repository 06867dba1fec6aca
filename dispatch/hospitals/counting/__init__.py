"""What is counted over episodes, by thresholds that are dated data."""
