-- audit.lua -- telltale_audit: one line of the audit: who did what.
-- KEYS       audit
-- ARGV       who did what                                the fields of store/schema.h

local function audit(keys, args)
  local who, did, what = args[1] or '', args[2] or '', args[3] or ''
  if #keys ~= 1 or #args ~= 3 or not string.find(keys[1], '^telltale:{[a-z0-9-]+}:audit$') or
      not string.find(who, '^[a-z][a-z0-9-]*$') or #who > 32 or not string.find(did, '^[a-z][a-z-]*$') or #did > 32 or
      #what > 200 or string.find(what, '%c') then
    return redis.error_reply('REFUSED arguments of an audit line')
  end
  local right, found = is_stream(keys[1])
  if not right then return in_the_way(keys[1] .. ' is a ' .. found .. ' and must be a stream') end
  local last_ms = last_hour_ms(keys[1])
  if not last_ms then return in_the_way(keys[1] .. ' has an entry whose id is not a time') end
  local now_s = tonumber(redis.call('TIME')[1])
  redis.call('XADD', keys[1], string.format('%.0f-*', math.max(last_ms, hour_of(now_s))), 'who', who, 'did', did, 'what', what)
  set_deadline(keys[1], TTL_S.audit, now_s, HOUR_S)
  return redis.status_reply('noted')
end

redis.register_function{ function_name = 'telltale_audit', callback = audit }
