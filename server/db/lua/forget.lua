-- Remove a room's log and snapshot; its outbox stays until the mover has emptied it.
-- KEYS: head, log.  ARGV: epoch.  Returns STORED (also when it was gone before) or FENCED.
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if epoch and epoch ~= ARGV[1] then
  return 'FENCED'
end
redis.call('DEL', KEYS[1], KEYS[2])
return 'STORED'
