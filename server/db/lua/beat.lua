-- Show that the one who runs `inkling play` here is alive, or (ARGV[2] is 'leave') let go.
-- KEYS: play.  ARGV: me, beat or leave.  Returns 1, or 0 if it is somebody else by now.
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then
  return 0
end
if ARGV[2] == 'leave' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HINCRBY', KEYS[1], 'count', 1)
end
return 1
