"""HL7 v2: bytes to messages, messages to notices, and what is answered."""
