-- Become the one who runs `inkling play` here, in place of the one who was seen last.
-- KEYS: play.  ARGV: me, the owner seen (empty: none), its count, who I am to people.  Returns 1, or 0 if somebody was faster.
-- Safe to repeat: whoever has it already is told so.
local found = redis.call('HMGET', KEYS[1], 'owner', 'count')
local owner = found[1] or ''
if owner == ARGV[1] then
  return 1
end
if owner ~= ARGV[2] or (found[2] or '') ~= ARGV[3] then
  return 0
end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'count', 0, 'who', ARGV[4])
return 1
