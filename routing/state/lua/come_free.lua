-- Desired becomes available, or someone set away by two misses is back.
-- KEYS 1 who, 2 ends, 3 fence counter
-- ARGV 1 now ms, 2 how long (ms) one may be away without losing the turn
-- Returns the work in hand: '' (free), offered, busy or wrapping; 'unseated' for an unknown coordinator.
-- A repeat answers the same and changes nothing: it shortens no brake and forgets no miss.
local who, now = KEYS[1], tonumber(ARGV[1])
local id, desired, misses, away_since, pools, work, over =
  read(who, 'id', 'desired', 'misses', 'away_since', 'pools', 'work', 'until')
if not id then return 'unseated' end
if desired ~= 'available' or tonumber(misses) >= 2 then
  if away_since ~= '0' and now - away_since > tonumber(ARGV[2]) then
    for _, _, _, turns in string.gmatch(pools, POOL) do
      redis.call('ZADD', turns, redis.call('INCR', KEYS[3]), id)
    end
  end
  change(who, KEYS[2], now, 'desired', 'available', 'misses', 0, 'braked_until', 0, 'idle_since', ARGV[1])
  attend(who)
end
if work ~= 'busy' and tonumber(over) <= now then return '' end
return work
