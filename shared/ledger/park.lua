-- Put a job back with a due time; the thread is free and nothing is kept in a process's memory.
local job = load(A.id)
if not job or job.state ~= 'running' or job.fence ~= A.fence then
  return answer({verdict = 'lost'})
end
local key = job_key(A.id)
close_attempt(A.id, job, A.attempt)
if not A.in_doubt then
  -- A clear answer ends the doubt: the sends that are counted begin anew.
  redis.call('HDEL', key, 'sending', 'send_until')
  redis.call('HSET', key, 'resends', 0)
  if job.cancel then
    return answer({verdict = 'ok', freed = finalise(A.id, job, 'cancelled', A.outcome)})
  end
end
redis.call('HSET', key, 'state', 'waiting', 'due', text(now + A.wait), 'silent', 0, 'solo', 0,
  'note', A.note, 'waits', (tonumber(job.waits) or 0) + 1)
redis.call('HDEL', key, 'owner', 'lease')
redis.call('ZADD', due_key(job.queue), now + A.wait, A.id)
notify(A.id, 'waiting')
return answer({verdict = 'ok'})
