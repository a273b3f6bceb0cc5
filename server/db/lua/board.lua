-- Put one game of one player on a board that keeps its best entries.
-- KEYS: board, names.  ARGV: limit, seconds to live (0: for ever), then member, points, name record, ….
-- Safe to repeat: an entry is set, never added up.
for at = 3, #ARGV, 3 do
  redis.call('ZADD', KEYS[1], ARGV[at + 1], ARGV[at])
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 2])
end
local surplus = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[1])
if surplus > 0 then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, surplus - 1)) do
    redis.call('HDEL', KEYS[2], member)
  end
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, surplus - 1)
end
if ARGV[2] ~= '0' then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
return 'STORED'
