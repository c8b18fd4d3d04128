-- Every open job of every queue, counted in one go: states, and how long the oldest has waited.
-- VPN operations are counted by themselves: they are what people wait for.
local queues = {}
for _, queue in ipairs(A.queues) do
  local found = {accepted = 0, running = 0, waiting = 0,
    dead = redis.call('ZCARD', P .. 'dead:' .. queue)}
  local vpn = {accepted = 0, running = 0, waiting = 0}
  for _, id in ipairs(redis.call('ZRANGE', due_key(queue), 0, -1)) do
    local job = redis.call('HMGET', job_key(id), 'state', 'accepted', 'due', 'tool')
    local state, since = job[1], tonumber(job[2])
    if found[state] then
      found[state] = found[state] + 1
      if state == 'accepted' then found.oldest = math.min(found.oldest or since, since) end
      if job[4] == A.vpn then
        vpn[state] = vpn[state] + 1
        local due = state == 'waiting' and tonumber(job[3])
        if due then vpn.next_due = math.min(vpn.next_due or due, due) end
      end
    end
  end
  -- Workers move the time of what is due ahead; where nobody does, it stays.
  local first = redis.call('ZRANGE', due_key(queue), 0, 0, 'WITHSCORES')[2]
  found.paused = paused(queue)
  found.overdue = first and not found.paused and math.max(0, now - tonumber(first)) or 0
  found.workers = redis.call('ZCOUNT', P .. 'workers:' .. queue, now - A.worker_ttl, '+inf')
  found.vpn = vpn
  queues[queue] = found
end
return answer({queues = queues})
