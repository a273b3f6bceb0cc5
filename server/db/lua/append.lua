-- Append entries at offsets expected+1, expected+2, … with stream ids epoch-offset.
-- KEYS: head, log.  ARGV: epoch, expected, entry…  Returns STORED, FENCED or GAP.
-- Safe to repeat: what is there already is compared, not written again.
local found = redis.call('HMGET', KEYS[1], 'epoch', 'offset')
if found[1] ~= ARGV[1] then
  return 'FENCED'
end
local last, expected = tonumber(found[2]), tonumber(ARGV[2])
if expected > last then
  return 'GAP'
end
local trimmed = last
if expected < last then
  trimmed = last - redis.call('XLEN', KEYS[2])
end
for at = 3, #ARGV do
  local offset = expected + at - 2
  local id = ARGV[1] .. '-' .. string.format('%d', offset)
  if offset > last then
    redis.call('XADD', KEYS[2], id, 'e', ARGV[at])
  elseif offset > trimmed then
    local there = redis.call('XRANGE', KEYS[2], id, id)
    if #there == 0 or there[1][2][2] ~= ARGV[at] then
      return 'GAP'
    end
  end
end
local reached = expected + #ARGV - 2
if reached > last then
  redis.call('HSET', KEYS[1], 'offset', string.format('%d', reached))
end
return 'STORED'
