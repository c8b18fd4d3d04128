-- Let queues go on. Returns those that rested, and their due jobs, which want a hint now.
local changed, freed = {}, {}
for _, queue in ipairs(A.queues) do
  if redis.call('HDEL', P .. 'paused', queue) == 1 then
    changed[#changed + 1] = queue
    -- Should a hint be lost, a sweep finds the job: its score stays.
    local due = redis.call('ZRANGEBYSCORE', due_key(queue), '-inf', now, 'LIMIT', 0, A.batch)
    for _, id in ipairs(due) do freed[#freed + 1] = {queue, id} end
  end
end
return answer({changed = changed, freed = freed})
