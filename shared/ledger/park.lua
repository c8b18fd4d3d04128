-- Put a job back with a due time; the thread is free and nothing is kept in a process's memory.
local job = load(A.id)
if not job or job.state ~= 'running' or job.fence ~= A.fence then
  return answer({verdict = 'lost'})
end
local key = job_key(A.id)
calls_told(A.id, job)
close_attempt(A.id, job, A.attempt)
-- What is kept of an answered request must not be lost on an older release: it would send again.
if A.memo then redis.call('HSET', key, 'memo', A.memo, 'format', A.format) end
-- It was carried out, or may have been: from here on no read may show what was before.
if A.in_doubt or (A.instead and not job.instead) then
  bump(job.account, cjson.decode(job.changes))
end
if not A.in_doubt then
  -- A clear answer ends the doubt: the sends that are counted begin anew.
  redis.call('HDEL', key, 'sending', 'send_until', 'forgotten')
  redis.call('HSET', key, 'resends', 0)
  job.sending = nil
  if A.instead then
    job.instead = cjson.encode(A.instead)
    redis.call('HSET', key, 'instead', job.instead)
  end
  if job.cancel and not job.ended then
    local ends = given_up(job, 'cancelled', A.outcome)
    return answer({verdict = 'ok', freed = finalise(A.id, job, ends.state, ends.outcome)})
  end
end
local freed = {}
if A.release and not job.released then
  redis.call('HSET', key, 'released', '1')
  freed = release(A.id, job)
  bump(job.account, cjson.decode(job.changes))
end
local due = now + A.wait
if A.wake_at then
  redis.call('HSET', key, 'wake_at', A.wake_at)
  -- What it waits for may have happened while it worked.
  if tonumber(job.ended) >= A.wake_at or (job.cancel and not A.cancelling) then
    due = now
    freed = {{job.queue, A.id}}
  end
end
redis.call('HSET', key, 'state', 'waiting', 'due', text(due), 'silent', 0, 'solo', 0,
  'note', A.note)
redis.call('HINCRBY', key, A.held and 'starts' or 'waits', A.held and -1 or 1)
redis.call('HDEL', key, 'owner', 'lease')
redis.call('ZADD', due_key(job.queue), due, A.id)
notify(A.id, 'waiting')
return answer({verdict = 'ok', freed = freed})
