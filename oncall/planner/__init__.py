"""The planner: proposes a rota of up to 13 weeks that keeps every rule and shares the load."""
