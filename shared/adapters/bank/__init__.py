"""The files of a bank (ISO 20022): orders out, answers in."""
