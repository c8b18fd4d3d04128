-- One worker's round: say that it lives, find jobs whose hint or owner is gone, forget old ones.
local workers = P .. 'workers:' .. A.queue
redis.call('ZADD', workers, now, A.worker)
redis.call('ZREMRANGEBYSCORE', workers, '-inf', now - 10 * A.worker_ttl)
if A.facts then redis.call('SET', P .. 'worker:' .. A.worker, A.facts, 'PX', 10 * A.worker_ttl) end
redis.call('ZREMRANGEBYSCORE', P .. 'dead:' .. A.queue, '-inf', now - A.job_ttl)
keep_quiet_counts()
for kind, ttl in pairs({read = A.read_ttl, write = A.job_ttl}) do
  local ended = P .. 'ended:' .. A.queue .. ':' .. kind
  local gone = redis.call('ZRANGEBYSCORE', ended, '-inf', now - ttl, 'LIMIT', 0, 1000)
  if #gone > 0 then
    redis.call('ZREM', ended, unpack(gone))
    redis.call('ZREM', P .. 'jobs:' .. A.queue, unpack(gone))
  end
end

-- Nobody is woken for a queue that rests; whoever lets it go on hints at what is due.
if paused(A.queue) then return answer({ids = {}}) end

-- Due jobs beyond the hints still in the queue have lost theirs. Moving the score one lease ahead
-- keeps several sweepers from sending the same hint.
local due = due_key(A.queue)
local missing = math.min(redis.call('ZCOUNT', due, '-inf', now) - A.queued, A.batch)
local ids = {}
if missing > 0 then
  ids = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, missing)
  for _, id in ipairs(ids) do redis.call('ZADD', due, now + A.lease, id) end
end
local first = redis.call('ZRANGEBYSCORE', due, '(' .. text(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return answer({ids = ids, next_due = first[2] and tonumber(first[2]) or nil})
