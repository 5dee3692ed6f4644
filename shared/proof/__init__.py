"""Proof: nobody need believe the fund. Journals sealed day by day, and one invoice's way that anybody can check."""
