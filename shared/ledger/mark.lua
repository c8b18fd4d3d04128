-- The last permission before a write goes out. From here on its outcome is unknown until told.
local job = load(A.id)
if not job or FINAL[job.state] then
  return answer({verdict = job and job.state == 'cancelled' and 'cancelled' or 'lost'})
end
if job.state ~= 'running' or job.fence ~= A.fence then return answer({verdict = 'lost'}) end
if job.orphan then return answer({verdict = 'answered'}) end
if job.cancel then return answer({verdict = 'cancelled'}) end
if job.sent_fence == A.fence then return answer({verdict = 'lost'}) end
if job.sending and tonumber(job.send_until) > now then return answer({verdict = 'early'}) end

local key = job_key(A.id)
if A.memo then redis.call('HSET', key, 'memo', A.memo, 'format', A.format) end
if job.sending then redis.call('HINCRBY', key, 'resends', 1) end
redis.call('HDEL', key, 'forgotten')
local tries = redis.call('HINCRBY', key, 'tries', 1)
redis.call('HSET', key, 'sending', text(now), 'send_until', text(now + A.send), 'sent_fence',
  A.fence, 'attempt', cjson.encode({n = tries, started = now}))
if A.call then call_begins(A.id, A.fence, A.call) end
return answer({verdict = 'ok', tries = tries})
