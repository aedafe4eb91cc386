-- Takes out a coordinator whom the rulebook no longer names.
-- KEYS 1 who, 2 ends, 3 everybody's ids
-- ARGV 1 id
-- Returns 'gone'. A repeat answers the same and changes nothing.
local pools = redis.call('HGET', KEYS[1], 'pools') or ''
for _, free, there, turns in string.gmatch(pools, POOL) do
  redis.call('ZREM', free, ARGV[1])
  redis.call('SREM', there, ARGV[1])
  redis.call('ZREM', turns, ARGV[1])
end
redis.call('ZREM', KEYS[2], KEYS[1])
redis.call('SREM', KEYS[3], ARGV[1])
redis.call('DEL', KEYS[1])
return 'gone'
