-- Let queues rest: their jobs are accepted and wait, those that run finish. Returns the queues that
-- did not rest before; one that is to drain says so from now on.
local changed = {}
for _, queue in ipairs(A.queues) do
  local before = redis.call('HGET', P .. 'paused', queue)
  local found = before and cjson.decode(before) or {since = now, by = A.by}
  found.drain = found.drain or A.drain
  redis.call('HSET', P .. 'paused', queue, cjson.encode(found))
  if not before then changed[#changed + 1] = queue end
end
return answer({changed = changed})
