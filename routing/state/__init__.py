"""What is remembered: rows in the database, live availability in Redis."""
