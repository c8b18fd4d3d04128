-- Follow a job: a client that asks after a read keeps it from expiring.
local job = load(A.id)
local key = job_key(A.id)
local withdrawn = job and redis.call('SISMEMBER', key .. ':withdrawn', A.client) == 1
if not job or redis.call('SISMEMBER', key .. ':clients', A.client) == 0 then
  return answer({verdict = 'unknown_job', withdrawn = withdrawn or false})
end
if not FINAL[job.state] then
  if A.front then redis.call('SADD', job_key(A.id) .. ':fronts', A.front) end
  if job.kind == 'read' then
    redis.call('HSET', job_key(A.id), 'deadline', text(now + A.read_deadline))
  end
end
return answer({verdict = 'ok', state = job.state, withdrawn = withdrawn})
