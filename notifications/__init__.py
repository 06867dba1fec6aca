"""How people are reached: pages, their wording, Twilio, and the local Twilio."""
