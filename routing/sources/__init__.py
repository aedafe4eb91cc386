"""What sources of leads say, brought to one shape: for the door that hears them and for the job that fetches."""
