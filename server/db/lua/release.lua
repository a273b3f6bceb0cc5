-- Let any process take the room over at once.
-- KEYS: head.  ARGV: epoch.  Returns STORED (also when the room is gone) or FENCED.
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  return 'STORED'
end
if epoch ~= ARGV[1] then
  return 'FENCED'
end
redis.call('HSET', KEYS[1], 'owner', '')
return 'STORED'
