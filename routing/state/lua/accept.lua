-- An offer is taken: a call makes busy, a chat takes one place of the capacity and leaves free.
-- KEYS 1 who, 2 ends
-- ARGV 1 fence, 2 now ms, 3 call or chat, 4 start of this hour ms, 5 local midnight ms
-- Returns 'accepted'; 'stale' if another fence or no offer stands; 'unseated' if unknown.
-- A repeat answers 'accepted' and counts nothing twice. A late one still wins while nobody has been offered instead:
-- the row has decided before we are asked.
local who, now = KEYS[1], tonumber(ARGV[2])
local id, fence, work, accepted, misses, chats, idle = read(who, 'id', 'fence', 'work', 'accepted', 'misses', 'chats',
  'idle_since')
local hour, taken_hour, day, taken_day = read(who, 'hour_from', 'hour_taken', 'day_from', 'day_taken')
if not id then return 'unseated' end
if accepted == ARGV[1] then return 'accepted' end
if fence ~= ARGV[1] or work ~= 'offered' then return 'stale' end
work = 'busy'
if ARGV[3] == 'chat' then work, chats, idle = '', chats + 1, now end
change(who, KEYS[2], now, 'work', work, 'until', 0, 'accepted', fence, 'misses', 0, 'chats', chats, 'idle_since', idle,
  'hour_from', ARGV[4], 'hour_taken', hour == ARGV[4] and taken_hour + 1 or 1,
  'day_from', ARGV[5], 'day_taken', day == ARGV[5] and taken_day + 1 or 1)
if tonumber(misses) >= 2 then attend(who) end
return 'accepted'
