-- Prolong every lease of a process in one call; returns the jobs that were taken away.
local lost = {}
for _, held in ipairs(A.held) do
  local id, fence = held[1], held[2]
  local state = redis.call('HMGET', job_key(id), 'state', 'fence', 'queue')
  if state[1] == 'running' and state[2] == fence then
    redis.call('HSET', job_key(id), 'lease', text(now + A.lease))
    redis.call('ZADD', due_key(state[3]), now + A.lease, id)
  else
    lost[#lost + 1] = id
  end
end
return answer({lost = lost})
