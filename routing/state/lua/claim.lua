-- Reserves the first of a preference list who is unchanged since the snapshot and has no work, and moves the rotation.
-- KEYS 1 record of this inquiry and step, 2 fence counter, 3 ends, 4 turn list and 5 running values of the queue,
--      6.. who, first choice first
-- ARGV 1 now ms, 2 reservation expires ms, 3 reservation, 4 none|last|credit, 5 charge, 6 record kept for ms (only to
--      clear it away), 7 queue, 8.. version of each who, then pairs of coordinator and credit
-- Returns 'coordinator fence reservation settled queue'; settled is the expired reservation that ends by this claim, or
--      '-'. '' if none could be had. A repeat after a success answers the same and changes nothing, also with nobody.
local earlier = redis.call('GET', KEYS[1])
if earlier then return earlier end

local function turn(id, fence)
  if ARGV[4] == 'last' then
    local old = redis.call('ZSCORE', KEYS[4], id) or 0
    redis.call('ZADD', KEYS[4], fence, id) -- fences rise, so this is behind everybody
    return 'last ' .. KEYS[4] .. ' ' .. old
  elseif ARGV[4] == 'credit' then
    local pairs_from = 8 + #KEYS - 5
    for i = pairs_from, #ARGV, 2 do redis.call('HINCRBY', KEYS[5], ARGV[i], ARGV[i + 1]) end
    redis.call('HINCRBY', KEYS[5], id, -ARGV[5])
    return 'credit ' .. KEYS[5] .. ' ' .. ARGV[5] .. ' ' .. table.concat(ARGV, ' ', pairs_from)
  end
  return ''
end

local now = tonumber(ARGV[1])
for i = 6, #KEYS do
  local who = KEYS[i]
  local id, version, work, over, reservation = read(who, 'id', 'version', 'work', 'until', 'reservation')
  if version == ARGV[i + 2] and work ~= 'busy' and tonumber(over) <= now then
    local fence = redis.call('INCR', KEYS[2])
    change(who, KEYS[3], now, 'work', 'offered', 'until', ARGV[2], 'reservation', ARGV[3], 'fence', fence,
      'took', turn(id, fence))
    local answer = id .. ' ' .. fence .. ' ' .. ARGV[3] .. ' ' .. (work == 'offered' and reservation or '-')
      .. ' ' .. ARGV[7]
    redis.call('SET', KEYS[1], answer, 'PX', ARGV[6])
    return answer
  end
end
return ''
