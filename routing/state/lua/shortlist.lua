-- The head of a large queue's free list, after those whose offer, wrap-up or brake has run out have been put back.
-- KEYS 1 ends, 2 free list, 3 people there
-- ARGV 1 now ms, 2 and 3 first and last place wanted, from 0, 4 how many may be put back in one go
-- Returns the number free, the number there, then the ids. A repeat answers the same unless more had run out.
local now = tonumber(ARGV[1])
for _, who in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[4])) do
  place(who, KEYS[1], now)
end
local ids = redis.call('ZRANGE', KEYS[2], ARGV[2], ARGV[3])
return { tostring(redis.call('ZCARD', KEYS[2])), tostring(redis.call('SCARD', KEYS[3])), unpack(ids) }
