-- One breaker per account and service, for all processes. Closed: no `reopen_at`. Open: before it.
-- Half-open: after it, until the one probe that is let through has told how it went.
local key = P .. 'breaker:' .. A.account .. ':' .. A.service
local probe = key .. ':probe'
local DAY = 86400000
local kept = redis.call('HMGET', key, 'failures', 'last', 'reopen_at', 'half', 'opened_at')
local failures, reopen_at = tonumber(kept[1]) or 0, tonumber(kept[3])

local function state()
  if not reopen_at then return 'closed' end
  return kept[4] and 'half-open' or 'open'
end

local before = state()
local function changed(to, fields)
  fields.failures = failures
  if to ~= before then
    fields.old, fields.new = before, to
    tally('breaker|' .. A.service .. '|' .. to)
  end
  return fields
end

local function open()
  redis.call('DEL', probe)
  redis.call('HDEL', key, 'half', 'last')
  redis.call('HSET', key, 'failures', failures, 'reopen_at', text(now + A.reset), 'opened_at',
    text(now))
  redis.call('PEXPIRE', key, A.reset + DAY)
  return changed('open', {counted = true})
end

local function close()
  redis.call('DEL', key, probe)
  failures = 0
  return changed('closed', {})
end

local act = {}

-- A worker that is killed takes this request's count along otherwise.
local function goes_out()
  if A.job then quietly(function() call_begins(A.job, A.fence, A.call) end) end
end

function act.enter()
  if not reopen_at then
    goes_out()
    return {verdict = 'go', failures = failures}
  end
  if now < reopen_at then return {verdict = 'open', wait = reopen_at - now} end
  if redis.call('SET', probe, A.token, 'NX', 'PX', A.probe) then
    redis.call('HSET', key, 'half', '1')
    goes_out()
    return changed('half-open', {verdict = 'probe'})
  end
  return {verdict = 'probing', wait = redis.call('PTTL', probe)}
end

function act.leave()
  local trial = A.token and redis.call('GET', probe) == A.token
  if trial then
    if A.outcome == 'failure' then
      failures = failures + 1
      return open()
    end
    if A.outcome == 'neutral' then redis.call('DEL', probe) return {} end
    return close()
  end
  -- Who was let in before it opened, or lost the right to probe, has no say in how it goes on.
  if reopen_at or A.token then return {} end
  if A.outcome == 'success' then return close() end
  if A.outcome ~= 'failure' or kept[2] == A.fingerprint then return {} end
  failures = failures + 1
  if failures >= A.failures then return open() end
  redis.call('HSET', key, 'failures', failures, 'last', A.fingerprint)
  redis.call('PEXPIRE', key, DAY)
  return {counted = true, failures = failures}
end

-- By hand.
function act.close() return close() end
function act.open() return open() end

function act.state()
  return {state = reopen_at and (now < reopen_at and 'open' or 'half-open') or 'closed',
    failures = failures, wait = reopen_at and math.max(0, reopen_at - now) or 0,
    opened_at = tonumber(kept[5])}
end

return answer(act[A.act]())
