-- Read a room without taking it over. Nothing is changed.
-- KEYS: head, log.  ARGV: the newest format that the reader reads.
-- Returns {snapshot, entries after it}; nil if there is no room; NEWER if a newer version of Inkling held it.
local found = redis.call('HMGET', KEYS[1], 'snapshot', 'format')
if not found[1] then
  return nil
end
if found[2] and tonumber(found[2]) > tonumber(ARGV[1]) then
  return 'NEWER'
end
return {found[1], redis.call('XRANGE', KEYS[2], '-', '+')}
