"""What people say to the fund: one drafts and proposes, another confirms, and only then it is sent."""
