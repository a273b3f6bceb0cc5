-- Take a room over under a new epoch.
-- KEYS: head, log.  ARGV: owner, the epoch it was seen under (empty: whichever), the newest format that the owner reads.
-- Returns {epoch, snapshot, snapshot_offset, offset, entries}; nil if there is no room or somebody was faster; NEWER, and
-- nothing is changed, if a newer version of Inkling held it.
-- Safe to repeat: a room that went to this very owner under the next epoch was taken by the call before.
-- The log is trimmed together with the snapshot: all that is in it comes after it.
local seen = redis.call('HMGET', KEYS[1], 'epoch', 'owner', 'format')
if not seen[1] then
  return nil
end
if seen[3] and tonumber(seen[3]) > tonumber(ARGV[3]) then
  return 'NEWER'
end
local epoch = tonumber(seen[1])
if ARGV[2] == '' or epoch == tonumber(ARGV[2]) then
  epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'format', ARGV[3])
elseif epoch ~= tonumber(ARGV[2]) + 1 or seen[2] ~= ARGV[1] then
  return nil
end
local found = redis.call('HMGET', KEYS[1], 'snapshot', 'snapshot_offset', 'offset')
return {epoch, found[1], tonumber(found[2]), tonumber(found[3]), redis.call('XRANGE', KEYS[2], '-', '+')}
