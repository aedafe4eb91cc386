-- Writes one coordinator from the rows and the rulebook.
-- KEYS 1 who, 2 ends, 3 fence counter, 4 seated mark, 5 everybody's ids
-- ARGV 1 now ms, 2 highest fence in the rows, 3 pools, 4 work, 5 until ms, 6 reservation, 7 fence of that work or 0,
--      8 how many of the pairs that follow are overwritten; the rest is written only where nothing stands.
-- Returns 'seated'. A repeat changes nothing but the version.
-- Work in the rows wins, except over an offer still running with a higher fence: its row may not be committed yet.
-- Before the seated mark stands (first start, lost memory) the turns given are restored; a newcomer goes to the end.
local who, now = KEYS[1], tonumber(ARGV[1])
if tonumber(redis.call('GET', KEYS[3]) or 0) < tonumber(ARGV[2]) then redis.call('SET', KEYS[3], ARGV[2]) end
redis.call('HSETNX', who, 'version', now) -- above any version from before a loss of memory
for i = 9, #ARGV, 2 do
  redis.call(i < 9 + 2 * ARGV[8] and 'HSET' or 'HSETNX', who, ARGV[i], ARGV[i + 1])
end
local id, work, over, fence, before = read(who, 'id', 'work', 'until', 'fence', 'pools')
for _, free, there, turns in string.gmatch(before or '', POOL) do
  redis.call('ZREM', free, id)
  redis.call('SREM', there, id)
  if not string.find(ARGV[3], ' ' .. turns .. ' ', 1, true) then redis.call('ZREM', turns, id) end
end
for _, _, _, turns, _, first in string.gmatch(ARGV[3], POOL) do
  if not redis.call('ZSCORE', turns, id) then
    local known = redis.call('EXISTS', KEYS[4]) == 0
    redis.call('ZADD', turns, known and first or redis.call('INCR', KEYS[3]), id)
  end
end
redis.call('SADD', KEYS[5], id)
redis.call('HSET', who, 'pools', ARGV[3])
if not (work == 'offered' and tonumber(over) > now and tonumber(fence) > tonumber(ARGV[7])) then
  redis.call('HSET', who, 'work', ARGV[4], 'until', ARGV[5], 'reservation', ARGV[6], 'fence', ARGV[7])
end
change(who, KEYS[2], now, 'id', id)
attend(who)
return 'seated'
