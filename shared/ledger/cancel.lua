-- Withdraw one client's interest; only the last one cancels, and only what was not sent. `by` is an
-- operator, who withdraws everybody's: they may still read what became of it.
local job = load(A.id)
local clients = job_key(A.id) .. ':clients'
if not job or not (A.by or redis.call('SISMEMBER', clients, A.client) == 1) then
  return answer({verdict = 'unknown_job'})
end
if FINAL[job.state] then return answer({verdict = 'final', state = job.state}) end
if moved(job) then return answer({verdict = 'moved', state = job.state}) end
local shared = not A.by and redis.call('SCARD', clients) > 1
-- Whoever cancels it as a task has its word at once; the job itself may go on to its true end.
if A.view or shared then redis.call('SADD', job_key(A.id) .. ':withdrawn', A.client) end
if shared then
  redis.call('SREM', clients, A.client)
  return answer({verdict = 'shared', state = job.state})
end
local requested = 'cancel requested' .. (A.by and ' by ' .. A.by or '')
if A.by then redis.call('HSET', job_key(A.id), 'cancelled_by', A.by) end
-- A bulk ends when the calls it has handed in have, and then says what became of each.
if job.ended and tonumber(job.starts) > 0 then
  redis.call('HSET', job_key(A.id), 'cancel', '1', 'note', requested)
  if job.state ~= 'waiting' then return answer({verdict = 'requested', state = job.state}) end
  redis.call('HSET', job_key(A.id), 'due', text(now))
  redis.call('ZADD', due_key(job.queue), now, A.id)
  return answer({verdict = 'requested', state = job.state, freed = {{job.queue, A.id}}})
end
if job.sending then
  redis.call('HSET', job_key(A.id), 'cancel', '1', 'note', requested)
  return answer({verdict = 'requested', state = job.state})
end
if A.by then redis.call('HSET', job_key(A.id), 'note', 'cancelled by ' .. A.by) end
local ends = given_up(job, 'cancelled', A.outcome)
return answer({verdict = job.instead and 'ended' or 'cancelled', state = ends.state,
  freed = finalise(A.id, job, ends.state, ends.outcome)})
