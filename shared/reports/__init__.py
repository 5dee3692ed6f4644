"""What people take out of the journal: the year's reports and its closing, the draft of a budget, what-if, replay."""
