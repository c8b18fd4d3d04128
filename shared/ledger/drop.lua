-- Forget the answers of some caches. Their versions move on, so that no read under way fills them.
local dropped = 0
for _, cache in ipairs(A.caches) do
  local key = cache_key(A.account, cache)
  dropped = dropped + redis.call('ZCARD', key .. ':order')
  redis.call('DEL', key, key .. ':order')
end
bump(A.account, A.caches)
return answer({dropped = dropped})
