-- Follow a job: a client that asks after a read keeps it from expiring.
local job = load(A.id)
if not job or redis.call('SISMEMBER', job_key(A.id) .. ':clients', A.client) == 0 then
  return answer({verdict = 'unknown_job'})
end
if not FINAL[job.state] then
  if A.front then redis.call('SADD', job_key(A.id) .. ':fronts', A.front) end
  if job.kind == 'read' then
    redis.call('HSET', job_key(A.id), 'deadline', text(now + A.read_deadline))
  end
end
return answer({verdict = 'ok', state = job.state})
