-- Take a call in: the same job again, an equal one in flight, or a new record.

local function take_part(id, job)
  redis.call('SADD', job_key(id) .. ':clients', A.client)
  redis.call('SREM', job_key(id) .. ':withdrawn', A.client)
  -- A bulk stands for its calls where a client's jobs are listed.
  if A.parent then return end
  local mine = P .. 'mine:' .. A.client
  redis.call('ZADD', mine, job.accepted, id)
  redis.call('ZREMRANGEBYSCORE', mine, '-inf', now - A.job_ttl)
  redis.call('ZREMRANGEBYRANK', mine, 0, -1 - A.most_listed)
  redis.call('PEXPIRE', mine, A.job_ttl)
end

local function watch(id, kind)
  if A.front then redis.call('SADD', job_key(id) .. ':fronts', A.front) end
  if kind == 'read' then redis.call('HSET', job_key(id), 'deadline', text(now + A.deadline)) end
end

local live = redis.call('ZCOUNT', P .. 'workers:' .. A.queue, now - A.worker_ttl, '+inf')

-- Nothing is written down for the call: it is refused, or answered at once.
local function unwritten(verdict, fields)
  tally_quietly('accepts|' .. A.tool .. '|' .. verdict)
  fields.verdict, fields.live = verdict, live
  return answer(fields)
end

local function joined(verdict, id, job)
  tally('accepts|' .. A.tool .. '|' .. verdict)
  if id ~= A.id then redis.call('HINCRBY', job_key(id), 'followers', 1) end
  take_part(id, job)
  if not FINAL[job.state] then watch(id, job.kind) end
  return answer({verdict = verdict, id = id, state = job.state, live = live})
end

-- The calls of a bulk are handed in by whoever works on it now, and by nobody else.
if A.parent then
  local held = redis.call('HMGET', job_key(A.parent), 'state', 'fence')
  if held[1] ~= 'running' or held[2] ~= A.parent_fence then
    return answer({verdict = 'orphaned', live = live})
  end
end

local again = load(A.id)
if again then return joined('same', A.id, again) end

local named = A.idempotency and P .. 'key:' .. A.account .. ':' .. A.idempotency
if named then
  local held = redis.call('GET', named)
  if held then
    local id, fingerprint = string.match(held, '^(%S+) (%S+)$')
    local job = load(id)
    if job and fingerprint ~= A.fingerprint then
      return unwritten('key_taken', {id = id})
    end
    if job then return joined('same', id, job) end
  end
end

local seen = versions(A.account, A.collections)

if A.cache and not A.refresh then
  local found = kept(A.account, A.cache, A.fingerprint)
  local fresh = found and found.versions == seen and found.expires > now
  count(A.account, A.cache, fresh and 'hits' or 'misses')
  if fresh then
    -- The caller may hold this very answer already.
    local body = A.holds ~= found.id
      and redis.call('HGET', cache_key(A.account, A.cache), A.fingerprint)
    return unwritten('cached', {body = body, source = found.id, kept = found.kept})
  end
  tally_quietly('misses|' .. A.tool)
end

-- A write may be joined after its end, while nothing else was accepted on its targets since.
local function still_last(id)
  for _, target in ipairs(A.targets) do
    if redis.call('GET', P .. 'last:' .. target) ~= id then return false end
  end
  return true
end

local function joinable(id, job)
  if job.kind == 'read' then
    -- Whoever wants a fresh answer joins only what has not been asked yet.
    if A.refresh and job.state ~= 'accepted' then return false end
    return not FINAL[job.state] and job.versions == seen
  end
  if not still_last(id) then return false end
  if job.state == 'done' then return now - tonumber(job.finished) <= A.join_after end
  -- Whoever has looked, and wants it done once more, says so by a key of its own.
  return not FINAL[job.state] or (job.state == 'unknown' and not named)
end

local flight = P .. 'flight:' .. A.fingerprint
if A.join then
  local id = redis.call('GET', flight)
  local job = id and load(id)
  if job and joinable(id, job) then return joined('joined', id, job) end
end

-- After `reopen_at` a worker finds out by one request whether the service is back.
local breaker = P .. 'breaker:' .. A.account .. ':' .. A.queue
local reopens = tonumber(redis.call('HGET', breaker, 'reopen_at')) or 0
if reopens > now then return unwritten('open', {wait = reopens - now}) end

if A.kind == 'read' and live == 0 then return unwritten('no_worker', {}) end
-- A bulk limits its open calls itself, and they take nobody's room.
local open = redis.call('ZCARD', due_key(A.queue)) - redis.call('SCARD', bulk_key(A.queue))
if not A.parent and open >= A.queue_limit then
  local pause = tonumber(redis.call('HGET', P .. 'rate:' .. A.account, 'pause')) or 0
  return unwritten('busy', {open = open,
    wait = math.max(0, pause - now) + open * 1000 / A.rate})
end

-- A full store would also refuse to write down how jobs end, so the last fifth is left for that.
local memory = redis.call('INFO', 'memory')
local most = tonumber(string.match(memory, '\nmaxmemory:(%d+)')) or 0
local used = tonumber(string.match(memory, '\nused_memory:(%d+)')) or 0
if most > 0 and used > 0.8 * most then return unwritten('full', {}) end

local key = job_key(A.id)
redis.call('HSET', key, 'format', A.format, 'id', A.id, 'tool', A.tool, 'queue', A.queue,
  'kind', A.kind, 'account', A.account, 'client', A.client, 'arguments', A.arguments,
  'fingerprint', A.fingerprint, 'state', 'accepted', 'accepted', text(now),
  'deadline', text(now + A.deadline), 'versions', seen,
  'targets', cjson.encode(A.targets), 'changes', cjson.encode(A.changes),
  'starts', 0, 'silent', 0, 'tries', 0, 'resends', 0, 'fence', 0, 'trace', A.trace)
if A.gathers then
  redis.call('HSET', key, 'ended', 0)
elseif A.kind == 'write' then
  redis.call('HSET', key, 'store', store_id())
end
if A.parent then
  redis.call('HSET', key, 'parent', A.parent)
  redis.call('SADD', bulk_key(A.queue), A.id)
end
if A.asked_by then redis.call('HSET', key, 'asked_by', A.asked_by) end
if A.note then redis.call('HSET', key, 'note', A.note) end
if #A.replays > 0 then redis.call('HSET', key, 'replays', cjson.encode(A.replays)) end
take_part(A.id, {accepted = text(now)})
watch(A.id, A.kind)
redis.call('ZADD', P .. 'jobs:' .. A.queue, now, A.id)
redis.call('ZADD', due_key(A.queue), now + A.sweep, A.id)
if A.join then redis.call('SET', flight, A.id) end
if named then
  redis.call('SET', named, A.id .. ' ' .. A.fingerprint, 'PX', 86400000)
end
for _, target in ipairs(A.targets) do
  redis.call('RPUSH', P .. 'target:' .. target, A.id)
  redis.call('SET', P .. 'last:' .. target, A.id)
end
tally('accepts|' .. A.tool .. '|new')
return answer({verdict = 'new', id = A.id, state = 'accepted', live = live})
