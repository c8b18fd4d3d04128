-- One account's rate over all processes: a GCRA on the server's clock.
-- `tat` is when the bucket would be full again: whoever takes a slot moves it on by a step. A slot is
-- given at most a second ahead. Whoever has to wait longer gets a place in the line, a promised time
-- and the right to be served before all who come later; the bucket gives it a slot when it is back.
-- Bulk work has a line of its own, behind everybody else's.
local key, line, hits = P .. 'rate:' .. A.account, P .. 'line:' .. A.account,
  P .. 'throttled:' .. A.account
local exact = clock[1] * 1000 + clock[2] / 1000
local kept = redis.call('HMGET', key, 'tat', 'pause', 'factor', 'since', 'rate', 'burst')
local tat, pause = math.max(tonumber(kept[1]) or 0, exact), tonumber(kept[2]) or 0
local rate, burst = A.rate or tonumber(kept[5]), A.burst or tonumber(kept[6])

local HOUR, LATE, RAMP = 3600000, 5000, 4000
local LEAST, AT_FIRST, GAIN = 0.1, 0.2, 0.05
-- The share of the burst that bulk work may use, so that whoever comes a moment late loses nothing.
local SPARE = 0.5
-- Requests that leave evenly spaced do not arrive so: a hair less keeps every second within the rate.
local PACE = 0.99
-- Times are kept to a microsecond.
local ROUNDING = 0.01

-- What is left of the full rate after answers of "too many", and how it comes back by itself.
local function factor()
  local since = tonumber(kept[4]) or exact
  return math.min(1, (tonumber(kept[3]) or 1) + GAIN * (exact - since) / 1000)
end

-- After a pause the rate grows, so that the burst does not come at once.
local function ramp(at)
  if at >= pause + RAMP then return 1 end
  return math.max(AT_FIRST, AT_FIRST + (1 - AT_FIRST) * (at - pause) / RAMP)
end

local function step(at) return 1000 / (PACE * rate * factor() * ramp(at)) end
local function slack() return (burst - 1) * 1000 / (PACE * rate) end
local function slot(ahead)
  return math.max(exact, pause, tat + ahead * step(math.max(exact, pause)) - slack())
end

local function store(fields)
  redis.call('HSET', key, 'rate', rate, 'burst', burst, unpack(fields))
  redis.call('PEXPIRE', key, HOUR)
end

local function note_hit()
  redis.call('ZADD', hits, now, text(now) .. ':' .. redis.call('HINCRBY', key, 'hits', 1))
  redis.call('ZREMRANGEBYSCORE', hits, '-inf', now - HOUR)
  redis.call('PEXPIRE', hits, HOUR)
end

local function promise(where, at)
  redis.call('ZADD', where, at, A.job)
  redis.call('PEXPIRE', where, HOUR)
end

-- How many are before this one in a line. Whose time has come does not wait for those who are late.
local function before(where)
  redis.call('ZREMRANGEBYSCORE', where, '-inf', now - LATE)
  local promised = A.job and tonumber(redis.call('ZSCORE', where, A.job) or nil)
  if promised and promised <= exact then return 0 end
  return promised and redis.call('ZRANK', where, A.job) or redis.call('ZCARD', where)
end

-- Bulk work takes what is left over: half of the bucket stays, and nobody else waits.
local function leftover()
  local others, between = before(line), step(exact)
  local spare = others == 0 and SPARE * slack() or 0
  return math.max(pause, tat + (others + before(line .. ':bulk')) * between - spare)
end

local act = {}

function act.ask()
  -- A pause that began while this one slept takes its slot away.
  if A.slept and pause <= exact then return {verdict = 'go', wait = 0} end
  -- A job in the middle of its work has waited for its turn before.
  local at = A.bulk and leftover() or slot(A.goes_on and 0 or before(line))
  if at - exact <= (A.bulk and 0 or A.patience) + ROUNDING then
    local mine = slot(0)
    store({'tat', string.format('%.3f', math.max(tat, mine) + step(mine))})
    if A.job then redis.call('ZREM', A.bulk and line .. ':bulk' or line, A.job) end
    if mine > exact + ROUNDING then tally('rate_micros', math.floor((mine - exact) * 1000)) end
    return {verdict = 'go', wait = mine > exact + ROUNDING and mine - exact or 0}
  end
  if A.job then promise(A.bulk and line .. ':bulk' or line, at) end
  tally_quietly('rate_parks')
  return {verdict = 'later', wait = at - exact}
end

function act.pause()
  note_hit()
  local ends = exact + A.wait
  if ends > pause then
    pause = ends
    store({'pause', string.format('%.3f', ends),
      'tat', string.format('%.3f', math.max(tat, ends + slack()))})
    for i, id in ipairs(redis.call('ZRANGE', line, 0, -1)) do
      redis.call('ZADD', line, ends + (i - 1) * step(ends), id)
    end
  end
  return {verdict = 'ok'}
end

function act.slow()
  note_hit()
  -- Requests that were under way together are told together: that is one reason, not many.
  local since = tonumber(kept[4])
  if not since or exact - since >= 1000 then
    store({'factor', math.max(LEAST, factor() / 2), 'since', string.format('%.3f', exact)})
  end
  return {verdict = 'ok'}
end

function act.state()
  local found = {pause = math.max(0, pause - exact), hits = redis.call('ZCOUNT', hits, now - HOUR,
    '+inf'), waiting = redis.call('ZCOUNT', line, now - LATE, '+inf')}
  if rate then
    found.most = rate
    found.rate, found.burst = rate * factor() * ramp(math.max(exact, pause)), burst
    found.tokens = math.max(0, math.min(burst, (slack() + exact - tat) * rate / 1000 + 1))
    if pause > exact then found.tokens = 0 end
  end
  return found
end

return answer(act[A.act]())
