-- Take a room over under a new epoch.
-- KEYS: head, log.  Returns {epoch, snapshot, snapshot_offset, offset, entries}, nil if there is no room.
-- The log is trimmed together with the snapshot: all that is in it comes after it.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return nil
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
local found = redis.call('HMGET', KEYS[1], 'snapshot', 'snapshot_offset', 'offset')
return {epoch, found[1], tonumber(found[2]), tonumber(found[3]), redis.call('XRANGE', KEYS[2], '-', '+')}
