-- Store a snapshot, put what the phase left behind into the outbox, trim the log up to the snapshot: all or nothing.
-- KEYS: head, log, outbox.  ARGV: epoch, offset, snapshot, closing (may be empty).  Returns STORED, FENCED or GAP.
-- Safe to repeat: a snapshot that is not newer than the stored one changes nothing.
local found = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'snapshot_offset', 'birth')
if found[1] ~= ARGV[1] then
  return 'FENCED'
end
local last, offset = tonumber(found[2]), tonumber(ARGV[2])
if offset > last then
  return 'GAP'
end
if offset <= tonumber(found[3]) then
  return 'STORED'
end
redis.call('HSET', KEYS[1], 'snapshot', ARGV[3], 'snapshot_offset', ARGV[2])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[3], found[4] .. ':' .. ARGV[2], ARGV[4])
end
redis.call('XTRIM', KEYS[2], 'MAXLEN', string.format('%d', last - offset))
return 'STORED'
