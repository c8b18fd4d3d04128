-- End a job once. Judged by the fence, not by the lease: a late owner that nobody replaced is right.
local job = load(A.id)
calls_told(A.id, job)
if not job or FINAL[job.state] then return answer({verdict = 'final'}) end
if job.fence ~= A.fence then
  redis.call('HSET', job_key(A.id), 'orphan', cjson.encode({state = A.state, outcome = A.outcome}))
  return answer({verdict = 'lost'})
end
close_attempt(A.id, job, A.attempt)
bump(job.account, cjson.decode(job.changes))
if A.keep and A.state == 'done' then keep(job, A.keep, A.outcome) end
return answer({verdict = 'ok', freed = finalise(A.id, job, A.state, A.outcome)})
