-- Move a room that cannot be read out of the way, whole, whatever its keys hold.
-- KEYS: head, log, where the head goes, where the log goes.  ARGV: owner, the epoch it was taken under (0: unknown).
-- Returns STORED (also when it was moved before) or FENCED. A room that somebody else took over stays.
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  local found = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
  local known = found[1] and tonumber(found[1])
  if known and (found[2] ~= ARGV[1] or (ARGV[2] ~= '0' and found[1] ~= ARGV[2])) then
    return 'FENCED'
  end
end
for at = 1, 2 do
  if redis.call('EXISTS', KEYS[at]) == 1 then
    redis.call('RENAME', KEYS[at], KEYS[at + 2])
  end
end
return 'STORED'
