-- Take a job over for one attempt: a lease on the server's clock and a fence that only grows.
local job = load(A.id)
if not job or FINAL[job.state] then return answer({verdict = 'gone'}) end
if job.state == 'running' and tonumber(job.lease) > now then return answer({verdict = 'held'}) end
if job.state == 'waiting' and tonumber(job.due) > now then return answer({verdict = 'early'}) end
if paused(job.queue) then
  -- Due at once when the queue goes on.
  redis.call('ZADD', due_key(job.queue), now, A.id)
  return answer({verdict = 'paused'})
end

local key = job_key(A.id)
-- Another release wrote it. Its own workers will take it, or we do once ours are the newer ones.
local format = tonumber(job.format)
if format > A.format or format < A.format - 1 then
  redis.call('HSET', key, 'note', 'waits for a worker of the release that accepted it')
  redis.call('ZADD', due_key(job.queue), now + A.lease, A.id)
  return answer({verdict = 'format', format = format})
end
-- One write per target at a time, in order of acceptance; waiting here is not a try.
for _, target in ipairs(cjson.decode(job.targets)) do
  local line = P .. 'target:' .. target
  local first = not job.released and redis.call('LINDEX', line, 0)
  while first and first ~= A.id and redis.call('EXISTS', job_key(first)) == 0 do
    redis.call('LPOP', line)
    first = redis.call('LINDEX', line, 0)
  end
  if first and first ~= A.id then
    local known = job.behind == first
    redis.call('HSETNX', key, 'behind_since', text(now))
    redis.call('HSET', key, 'state', 'waiting', 'behind', first, 'due', text(now + A.lease),
      'note', 'behind job ' .. first)
    redis.call('ZADD', due_key(job.queue), now + A.lease, A.id)
    notify(A.id, 'waiting')
    if known then return answer({verdict = 'behind', detail = first}) end
    return answer({verdict = 'behind', detail = first, job = load(A.id),
      line = redis.call('LPOS', line, A.id) or 1,
      trace = redis.call('HGET', job_key(first), 'trace') or nil})
  end
end

close_attempt(A.id, job, {lost = true})
calls_lost(A.id, job)
-- What a lost worker sent may have been carried out: no read may show what was before.
if job.sending then bump(job.account, cjson.decode(job.changes)) end
if not job.orphan and (tonumber(job.solo) or 0) >= A.poison_starts then
  local ends = given_up(job, 'dead', A.dead)
  if job.sending then ends = {state = 'unknown', outcome = A.unknown} end
  local freed = finalise(A.id, job, ends.state, ends.outcome)
  return answer({verdict = 'poisoned', detail = ends.state, freed = freed})
end
-- Jobs that share a process die together. From here on this one is given a process to itself, so
-- that an innocent one is never taken for the one that kills. Not alone yet: that is no start, and
-- it is hinted at again soon, in case the process finds no moment for it.
if not job.orphan and tonumber(job.silent) >= A.shared_starts then
  if not A.alone then
    redis.call('ZADD', due_key(job.queue), now + A.alone_within, A.id)
    return answer({verdict = 'solo'})
  end
  redis.call('HINCRBY', key, 'solo', 1)
end
-- A store that came back without its last second may have forgotten that the request went out.
if A.settle and job.store and not job.sending and job.store ~= store_id() then
  redis.call('HSET', key, 'sending', text(now), 'send_until', text(now + A.settle),
    'forgotten', '1')
end
if job.store then redis.call('HSET', key, 'store', store_id()) end
redis.call('HSET', key, 'state', 'running', 'owner', A.owner, 'lease', text(now + A.lease))
redis.call('HDEL', key, 'due', 'behind', 'behind_since')
for _, counter in ipairs({'starts', 'silent', 'fence'}) do
  redis.call('HINCRBY', key, counter, 1)
end
redis.call('ZADD', due_key(job.queue), now + A.lease, A.id)
if job.kind == 'write' then notify(A.id, 'running') end
local since = tonumber(job.behind_since)
return answer({verdict = 'ok', job = load(A.id), lost_by = job.owner,
  held_up = since and now - since})
