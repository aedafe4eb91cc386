"""What words mean: phrases are tables, recognisers are pure and say which phrase they went by."""
