"""Where a lead goes: the desk, the state it writes, the rulebook it reads and the rules that decide."""
