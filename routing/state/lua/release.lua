-- Work ends: the coordinator is free, or away after the second offer missed in a row.
-- KEYS 1 who, 2 ends
-- ARGV 1 fence, 2 now ms, 3 done|rejected|missed|returned, 4 not offered again before ms (missed only)
-- returned = canceled, rescinded or our own fault: idle time, misses and the turn are as if never asked.
-- Returns the misses in a row; 'stale' if another fence or no work stands; 'unseated' if unknown.
-- A repeat answers 'stale' and changes nothing.
local function give_back(took, id, fence)
  local kind, key, rest = string.match(took, '^(%S+) (%S+) (.+)$')
  if kind == 'last' and redis.call('ZSCORE', key, id) == fence then
    redis.call('ZADD', key, rest, id)
  elseif kind == 'credit' then
    local charge, credits = string.match(rest, '^(%S+)(.*)$')
    redis.call('HINCRBY', key, id, charge)
    for other, credit in string.gmatch(credits, '(%S+) (%S+)') do redis.call('HINCRBY', key, other, -credit) end
  end
end

local who, now, how = KEYS[1], tonumber(ARGV[2]), ARGV[3]
local id, fence, work, took, before, idle, braked, away_since =
  read(who, 'id', 'fence', 'work', 'took', 'misses', 'idle_since', 'braked_until', 'away_since')
if not id then return 'unseated' end
if fence ~= ARGV[1] or work == '' then return 'stale' end
local misses = before
if how == 'returned' then
  give_back(took, id, fence)
else
  -- A wrap-up that ran out has been idle since its end, whenever the outcome comes.
  idle = work == 'wrapping' and math.min(now, tonumber(idle)) or now
  misses = how == 'missed' and before + 1 or 0
end
if how == 'missed' then braked = ARGV[4] end
if how == 'missed' and misses == 2 then away_since = now end
change(who, KEYS[2], now, 'work', '', 'until', 0, 'reservation', '', 'took', '', 'misses', misses,
  'idle_since', idle, 'braked_until', braked, 'away_since', away_since)
if tonumber(before) >= 2 or misses == 2 then attend(who) end
return tostring(misses)
