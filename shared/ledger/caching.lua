-- Kept answers, a hash for each account and cache: `fingerprint` holds an answer, `fingerprint:of`
-- says what it is of, `#bytes` how much all of them take.
local function cache_key(account, cache) return P .. 'cache:' .. account .. ':' .. cache end

-- What only the caches lose in a restart need not wait for the append-only file.
local function quietly(work)
  redis.set_repl(redis.REPL_NONE)
  work()
  redis.set_repl(redis.REPL_ALL)
end

local function count(account, cache, what)
  quietly(function() redis.call('HINCRBY', cache_key(account, cache) .. ':count', what, 1) end)
end

-- Counts of what changes nothing else, so that it need not wait for the append-only file either.
-- The next sweep writes them there: a store that is killed forgets those of some seconds.
local function tally_quietly(field)
  quietly(function()
    redis.call('HINCRBY', P .. 'counts:quiet', field, 1)
    redis.call('HSET', P .. 'counts:quiet', '#changed', 1)
  end)
end

local function keep_quiet_counts()
  local key = P .. 'counts:quiet'
  if redis.call('HGET', key, '#changed') ~= '1' then return end
  redis.call('HSET', key, '#changed', 0)
  redis.call('HSET', key, unpack(redis.call('HGETALL', key)))
end

-- A store that was restarted may have forgotten its last changes, so it trusts no older answer.
local function kept(account, cache, fingerprint)
  local of = redis.call('HGET', cache_key(account, cache), fingerprint .. ':of')
  local found = of and cjson.decode(of)
  return found and found.store == store_id() and found
end

local function forget(key, fingerprint)
  local size = redis.call('HSTRLEN', key, fingerprint)
  redis.call('HDEL', key, fingerprint, fingerprint .. ':of')
  redis.call('ZREM', key .. ':order', fingerprint)
  return redis.call('HINCRBY', key, '#bytes', -size)
end

local function make_room(key, room)
  local order = key .. ':order'
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', order, '-inf', now)) do forget(key, old) end
  local bytes = tonumber(redis.call('HGET', key, '#bytes'))
  while redis.call('ZCARD', order) > room.entries or bytes > room.bytes do
    bytes = forget(key, redis.call('ZRANGE', order, 0, 0)[1])
  end
end

-- A read that began before a write, or before a newer read ended, has nothing to say here.
local function keep(job, wish, body)
  if #body > wish.largest or job.versions ~= versions(job.account, wish.collections) then return end
  local key, fingerprint = cache_key(job.account, wish.cache), job.fingerprint
  local before = kept(job.account, wish.cache, fingerprint)
  if before and before.accepted > tonumber(job.accepted) then return end
  quietly(function()
    forget(key, fingerprint)
    redis.call('HSET', key, fingerprint, body, fingerprint .. ':of', cjson.encode({id = job.id,
      accepted = tonumber(job.accepted), kept = now, expires = now + wish.ttl,
      versions = job.versions, store = store_id()}))
    redis.call('HINCRBY', key, '#bytes', #body)
    redis.call('ZADD', key .. ':order', now + wish.ttl, fingerprint)
    make_room(key, wish)
    redis.call('PEXPIRE', key, wish.ttl)
    redis.call('PEXPIRE', key .. ':order', wish.ttl)
  end)
end
