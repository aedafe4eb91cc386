"""What happens later: the clock over due rows and the jobs it rings."""
