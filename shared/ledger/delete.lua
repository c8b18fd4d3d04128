-- Forget a job that has ended, with everything that leads to it.
local job = load(A.id)
if not job then return answer({verdict = 'unknown_job'}) end
if not FINAL[job.state] then return answer({verdict = 'open', state = job.state}) end
if moved(job) then return answer({verdict = 'moved', state = job.state}) end

local key = job_key(A.id)
for _, client in ipairs(redis.call('SMEMBERS', key .. ':clients')) do
  redis.call('ZREM', P .. 'mine:' .. client, A.id)
end
for _, part in ipairs({'', ':attempts', ':clients', ':fronts'}) do
  redis.call('DEL', key .. part)
end
redis.call('ZREM', P .. 'jobs:' .. job.queue, A.id)
redis.call('ZREM', P .. 'dead:' .. job.queue, A.id)
redis.call('ZREM', P .. 'ended:' .. job.queue .. ':' .. job.kind, A.id)
local names = {P .. 'flight:' .. job.fingerprint}
for _, target in ipairs(cjson.decode(job.targets)) do
  names[#names + 1] = P .. 'last:' .. target
end
for _, name in ipairs(names) do
  if redis.call('GET', name) == A.id then redis.call('DEL', name) end
end
return answer({verdict = 'deleted', state = job.state})
