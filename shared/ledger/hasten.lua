-- Let a waiting job be due at once. What may still arrive at Infoblox is not hurried.
local job = load(A.id)
if not job then return answer({verdict = 'unknown_job'}) end
if FINAL[job.state] then return answer({verdict = 'final', state = job.state}) end
if moved(job) then return answer({verdict = 'moved', state = job.state}) end
if job.state == 'running' then return answer({verdict = 'running', state = job.state}) end
if job.behind then
  return answer({verdict = 'behind', state = job.state, detail = job.behind})
end
if job.sending and tonumber(job.send_until) > now then
  return answer({verdict = 'in_doubt', state = job.state, wait = job.send_until - now})
end
if paused(job.queue) then return answer({verdict = 'paused', state = job.state}) end
if job.state == 'waiting' then
  redis.call('HSET', job_key(A.id), 'due', text(now), 'note', 'tried at once for ' .. A.by)
  notify(A.id, 'waiting')
end
redis.call('ZADD', due_key(job.queue), now, A.id)
return answer({verdict = 'due', state = job.state, freed = {{job.queue, A.id}}})
