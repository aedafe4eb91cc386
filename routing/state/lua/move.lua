-- Moves one coordinator between work states and the lists that follow from them. Stands in front of every verb.
-- Hash of one coordinator (`who`), everything text: id; desired available|away|offline; work ''|offered|busy|wrapping;
--   until ms, end of the offer or wrap-up, 0 none; reservation; fence, rising; took, how the claim moved the rotation;
--   accepted, last fence accepted; version, bumped by every change; idle_since away_since braked_until ms; misses in a
--   row; load open leads; chats; hour_from day_from ms; hour_taken day_taken; heartbeat ms of real time; pools.
-- pools: six words a queue: idle|turn|load|rank, free list, people there, turn list, rank, first turn.
-- Lists hold ids. `ends` holds keys of hashes, scored with the instant (ms) at which they are due in the free lists.
-- An offer or wrap-up past its end counts as no work, though the hash keeps it until the next verb settles it.
local POOL = '(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)'
local GRADE = 2 ^ 42 -- one rank or tenth of a lead outweighs every instant in ms up to the year 2109

local function read(who, ...)
  return unpack(redis.call('HMGET', who, ...))
end

local function score(kind, turns, rank, id, idle, load)
  if kind == 'turn' then return redis.call('ZSCORE', turns, id) or 0 end
  if kind == 'rank' then return rank * GRADE + idle end
  if kind == 'load' then return math.floor(load * 10 + 0.5) * GRADE + idle end
  return idle
end

local function place(who, ends, now)
  local id, desired, work, over, misses, braked, idle, load, pools =
    read(who, 'id', 'desired', 'work', 'until', 'misses', 'braked_until', 'idle_since', 'load', 'pools')
  local back = math.max(tonumber(over), tonumber(braked))
  local returns = desired == 'available' and tonumber(misses) < 2 and work ~= 'busy'
  if returns and back > now then
    redis.call('ZADD', ends, back, who)
  else
    redis.call('ZREM', ends, who)
  end
  for kind, free, _, turns, rank in string.gmatch(pools, POOL) do
    if returns and back <= now then
      redis.call('ZADD', free, score(kind, turns, rank, id, idle, load), id)
    else
      redis.call('ZREM', free, id)
    end
  end
  if returns and back <= now then redis.call('PUBLISH', ends, id) end -- whoever serves the waiting line listens
end

local function change(who, ends, now, ...)
  redis.call('HSET', who, ...)
  redis.call('HINCRBY', who, 'version', 1)
  place(who, ends, now)
end

local function attend(who)
  local id, desired, misses, pools = read(who, 'id', 'desired', 'misses', 'pools')
  local there = desired == 'available' and tonumber(misses) < 2
  for _, _, people in string.gmatch(pools, POOL) do
    redis.call(there and 'SADD' or 'SREM', people, id)
  end
end
