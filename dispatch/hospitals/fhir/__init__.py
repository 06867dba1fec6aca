"""FHIR R4: Da Vinci notifications to notices."""
