-- Reads coordinators in one go: half of a look's cost is the number of commands and answers.
-- KEYS 1 seated mark, 2 turn list and 3 running values of the queue, 4.. who
-- ARGV 1 how many names of fields follow, then these, then the id of each who
-- Returns the seated mark ('' if none), then for each who 'turn|running value|fields...', '' for an unknown one.
-- Changes nothing. No field contains a bar.
local found = { redis.call('GET', KEYS[1]) or '' }
if #KEYS == 3 then return found end
local ids = { unpack(ARGV, ARGV[1] + 2) }
local turns = redis.call('ZMSCORE', KEYS[2], unpack(ids))
local currents = redis.call('HMGET', KEYS[3], unpack(ids))
for i = 1, #ids do
  local fields = redis.call('HMGET', KEYS[i + 3], unpack(ARGV, 2, ARGV[1] + 1))
  local known = fields[1] and (turns[i] or 0) .. '|' .. (currents[i] or 0) .. '|' .. table.concat(fields, '|')
  found[#found + 1] = known or ''
end
return found
