-- A console is alive. Does not bump the version: a claim must not fail because somebody's page breathes.
-- KEYS 1 who
-- ARGV 1 real time ms
-- Returns 'alive'; 'unseated' for an unknown coordinator. A repeat answers the same; a late one sets nothing back.
local before = redis.call('HGET', KEYS[1], 'heartbeat')
if not before then return 'unseated' end
if tonumber(before) < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'heartbeat', ARGV[1]) end
return 'alive'
