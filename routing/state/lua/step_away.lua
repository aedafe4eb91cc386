-- Desired becomes away or offline; work in hand goes on.
-- KEYS 1 who, 2 ends
-- ARGV 1 now ms, 2 away or offline
-- Returns 'reservation fence' while an offer is pending, for the caller to reject; else ''; 'unseated' if unknown.
-- A repeat answers the same as long as the offer stands and changes nothing.
local who = KEYS[1]
local id, desired, work, reservation, fence, since =
  read(who, 'id', 'desired', 'work', 'reservation', 'fence', 'away_since')
if not id then return 'unseated' end
if desired ~= ARGV[2] then
  if desired == 'available' then since = ARGV[1] end
  change(who, KEYS[2], tonumber(ARGV[1]), 'desired', ARGV[2], 'away_since', since)
  attend(who)
end
if work == 'offered' then return reservation .. ' ' .. fence end
return ''
