-- Shared by every transition. ARGV[1] is the key prefix, ARGV[2] the arguments as JSON.
-- All times are milliseconds on the server's clock, so that no worker's clock matters.
local P = ARGV[1]
local A = cjson.decode(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
-- Seconds. counting.py has the same.
local JOB_BOUNDS = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900, 1800}
local MOST_TRIES = 20
local FINAL = {done = true, failed = true, cancelled = true, dead = true, unknown = true}

local function job_key(id) return P .. 'job:' .. id end
local function due_key(queue) return P .. 'due:' .. queue end
local function bulk_key(queue) return P .. 'bulk:' .. queue end
local function text(number) return string.format('%.0f', number) end

local function load(id)
  local flat = redis.call('HGETALL', job_key(id))
  if #flat == 0 then return nil end
  local job = {}
  for i = 1, #flat, 2 do job[flat[i]] = flat[i + 1] end
  return job
end

-- Counts that only grow, in one hash: fields are a name and its labels. See counting.py.
local function tally(field, by) redis.call('HINCRBY', P .. 'counts', field, by or 1) end

local function observe(name, bounds, milliseconds)
  local bound = '+Inf'
  for _, one in ipairs(bounds) do
    if milliseconds <= one * 1000 then bound = one break end
  end
  tally(name .. '|' .. bound)
  tally(name .. '|micros', math.floor(milliseconds * 1000))
end

-- The requests of an attempt are written down when they go out, and counted with their answers when
-- the attempt ends. What a lost worker left is counted as unknown by whoever takes the job over;
-- from then on the old owner's answers count no more.
local function call_begins(id, fence, call)
  local owned = redis.call('HMGET', job_key(id), 'fence', 'calls')
  if owned[1] == fence then
    redis.call('HSET', job_key(id), 'calls', (owned[2] or '') .. call .. '\n')
  else
    tally('calls|' .. call .. '|unknown')
  end
end

local function calls_lost(id, job)
  if not job.calls then return end
  for call in string.gmatch(job.calls, '[^\n]+') do tally('calls|' .. call .. '|unknown') end
  redis.call('HDEL', job_key(id), 'calls')
end

local function calls_told(id, job)
  if not job or job.fence ~= A.fence or job.told == A.fence then return end
  for field, by in pairs(A.counts or {}) do tally(field, by) end
  redis.call('HSET', job_key(id), 'told', A.fence)
  redis.call('HDEL', job_key(id), 'calls')
end

local function answer(fields)
  fields.now = now
  return cjson.encode(fields)
end

-- A paused queue accepts, and lets what runs finish; nothing new is begun.
local function paused(queue) return redis.call('HEXISTS', P .. 'paused', queue) == 1 end

-- What somebody saw on a page may be long ago: a job that moved on since is left alone.
local function moved(job)
  return (A.state and A.state ~= job.state) or (A.fence and A.fence ~= job.fence)
end

-- Versions of collections: a write moves them on, so that older reads can be told from newer ones.
local function versions(account, collections)
  local found = {}
  for i, name in ipairs(collections) do
    found[i] = redis.call('GET', P .. 'version:' .. account .. ':' .. name) or '0'
  end
  return table.concat(found, ',')
end

local function bump(account, collections)
  for _, name in ipairs(collections) do
    local key = P .. 'version:' .. account .. ':' .. name
    local micros = clock[1] * 1000000 + clock[2]
    redis.call('SET', key, text(math.max((tonumber(redis.call('GET', key)) or 0) + 1, micros)))
  end
end

-- Tell the front ends that wait for this job; a stream that is gone is not made again.
local function notify(id, state)
  for _, front in ipairs(redis.call('SMEMBERS', job_key(id) .. ':fronts')) do
    redis.call('XADD', P .. 'replies:' .. front, 'NOMKSTREAM', 'MAXLEN', '~', 2000, '*',
      'id', id, 'state', state)
  end
end

-- Move the open attempt of the record to the list of attempts.
local function close_attempt(id, job, ended)
  if not job.attempt then return end
  local entry = cjson.decode(job.attempt)
  for name, value in pairs(ended) do entry[name] = value end
  entry.ended = now
  redis.call('RPUSH', job_key(id) .. ':attempts', cjson.encode(entry))
  redis.call('LTRIM', job_key(id) .. ':attempts', -200, -1)
  redis.call('HDEL', job_key(id), 'attempt')
end

-- Where this store's life began: another id means that it was restarted, or failed over.
local function store_id()
  return string.match(redis.call('INFO', 'server'), '\nrun_id:(%x+)') or ''
end

-- Let the next write on each target go on. Returns {queue, id} pairs of the jobs that may.
local function release(id, job)
  local freed = {}
  for _, target in ipairs(cjson.decode(job.targets)) do
    local line = P .. 'target:' .. target
    redis.call('LREM', line, 0, id)
    local following = redis.call('LINDEX', line, 0)
    local next_job = following and load(following)
    if next_job and next_job.behind == id then
      redis.call('HSET', job_key(following), 'due', text(now))
      redis.call('HDEL', job_key(following), 'behind')
      redis.call('ZADD', due_key(next_job.queue), now, following)
      freed[#freed + 1] = {next_job.queue, following}
    end
  end
  return freed
end

-- A call of a bulk has ended: once so many have that it can go on, it is due.
local function count_for_bulk(id, job)
  redis.call('SREM', bulk_key(job.queue), id)
  local bulk = job_key(job.parent)
  local state, queue = unpack(redis.call('HMGET', bulk, 'state', 'queue'))
  if not state or FINAL[state] then return end
  local ended = redis.call('HINCRBY', bulk, 'ended', 1)
  local wake_at = tonumber(redis.call('HGET', bulk, 'wake_at') or nil)
  if state ~= 'waiting' or not wake_at or ended < wake_at then return end
  redis.call('HSET', bulk, 'due', text(now))
  redis.call('HDEL', bulk, 'wake_at')
  redis.call('ZADD', due_key(queue), now, job.parent)
  return {queue, job.parent}
end

-- What a job ends as when it is given up: a request that was answered well is not taken back.
local function given_up(job, state, outcome)
  if job.instead and not job.sending then return cjson.decode(job.instead) end
  return {state = state, outcome = outcome}
end

-- A final state releases what the job held and wakes the next writes on its targets.
local function finalise(id, job, state, outcome)
  local key = job_key(id)
  local ttl = job.kind == 'read' and A.read_ttl or A.job_ttl
  redis.call('HSET', key, 'state', state, 'outcome', outcome, 'finished', text(now))
  redis.call('HDEL', key, 'owner', 'lease', 'sending', 'send_until', 'behind', 'due', 'orphan',
    'instead', 'forgotten')
  redis.call('ZREM', due_key(job.queue), id)
  redis.call('ZADD', P .. 'ended:' .. job.queue .. ':' .. job.kind, now, id)
  if state == 'dead' then
    redis.call('ZADD', P .. 'dead:' .. job.queue, now, id)
    redis.call('PEXPIRE', P .. 'dead:' .. job.queue, A.job_ttl)
  end
  tally('ended|' .. job.queue .. '|' .. state)
  observe('job|' .. job.queue, JOB_BOUNDS, now - tonumber(job.accepted))
  if job.kind == 'write' then
    tally('tries|' .. job.tool .. '|' .. math.min(tonumber(job.tries), MOST_TRIES))
  end
  local flight = P .. 'flight:' .. job.fingerprint
  if redis.call('GET', flight) == id then
    if job.kind == 'write' and state == 'done' then
      redis.call('PEXPIRE', flight, A.join_after)
    elseif state == 'unknown' then
      redis.call('PEXPIRE', flight, ttl)
    else
      redis.call('DEL', flight)
    end
  end
  for _, target in ipairs(cjson.decode(job.targets)) do
    local last = P .. 'last:' .. target
    if redis.call('GET', last) == id then redis.call('PEXPIRE', last, A.job_ttl) end
  end
  local freed = release(id, job)
  if job.parent then freed[#freed + 1] = count_for_bulk(id, job) end
  notify(id, state)
  for _, part in ipairs({'', ':attempts', ':clients', ':fronts', ':withdrawn'}) do
    redis.call('PEXPIRE', key .. part, ttl)
  end
  return freed
end
