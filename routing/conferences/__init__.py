"""What may be done with a live talk besides handing it on: hold, a third party, a supervisor, a referral elsewhere."""
