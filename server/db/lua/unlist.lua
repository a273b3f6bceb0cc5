-- Take a room off the list unless it was announced again since it was looked at.
-- KEYS: rooms.  ARGV: code, when it was announced (ms).
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('ZREM', KEYS[1], ARGV[1])
end
return 'STORED'
