"""Reads and writes the rows of the dispatch: crises, clients, the board, receipts."""
