-- Open leads and open chats as counted from the rows.
-- KEYS 1 who, 2 ends
-- ARGV 1 now ms, 2 load in open leads, 3 chats
-- Returns 'set'; 'unseated' if unknown. A repeat answers the same and changes nothing, not even the version.
local load, chats = read(KEYS[1], 'load', 'chats')
if not load then return 'unseated' end
if load ~= ARGV[2] or chats ~= ARGV[3] then
  change(KEYS[1], KEYS[2], tonumber(ARGV[1]), 'load', ARGV[2], 'chats', ARGV[3])
end
return 'set'
