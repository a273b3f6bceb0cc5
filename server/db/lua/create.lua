-- Make a room at offset 0 under epoch 1.
-- KEYS: head, log.  ARGV: snapshot, birth, owner, format.  Returns the epoch, 0 if the code is taken.
-- The birth is a hash of code and first snapshot, so a repeated call finds its own room and answers the same.
local found = redis.call('HMGET', KEYS[1], 'birth', 'epoch', 'offset')
if not found[1] then
  redis.call('HSET', KEYS[1], 'epoch', 1, 'owner', ARGV[3], 'birth', ARGV[2], 'format', ARGV[4],
    'offset', 0, 'snapshot_offset', 0, 'snapshot', ARGV[1])
  redis.call('DEL', KEYS[2])
  return 1
end
if found[1] == ARGV[2] and found[2] == '1' and found[3] == '0' then
  return 1
end
return 0
