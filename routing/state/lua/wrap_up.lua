-- The talk is over, the outcome is due: busy becomes wrapping and ends by itself.
-- KEYS 1 who, 2 ends
-- ARGV 1 fence, 2 now ms, 3 until ms
-- Returns 'wrapping'; 'stale' if another fence or no talk stands; 'unseated' if unknown.
-- A repeat answers 'wrapping' and does not lengthen it.
local id, fence, work = read(KEYS[1], 'id', 'fence', 'work')
if not id then return 'unseated' end
if fence ~= ARGV[1] then return 'stale' end
if work == 'wrapping' then return 'wrapping' end
if work ~= 'busy' then return 'stale' end
change(KEYS[1], KEYS[2], tonumber(ARGV[2]), 'work', 'wrapping', 'until', ARGV[3], 'idle_since', ARGV[3])
return 'wrapping'
