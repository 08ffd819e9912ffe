-- labels.lua -- telltale_label: what the school calls a device of its own, by the day's pseudonym; or, with an empty label, no longer.
-- KEYS       day:<day>:labels
-- ARGV       device label                                the fields of store/schema.h
-- Written over what was there, so that a call that is repeated changes nothing. The publisher has the rules of a label (common/device_label.h); here is
-- what keeps the hash small and its texts harmless.

local MOST_LABELS = 4096 -- STORE_LABELS_A_DAY
local LONGEST_LABEL = 40

local function label(keys, args)
  local device, text = args[1] or '', args[2] or ''
  if #keys ~= 1 or #args ~= 2 or not string.find(keys[1], '^telltale:{[a-z0-9-]+}:day:%d%d%d%d%-%d%d%-%d%d:labels$') or
      not string.find(device, '^%x+$') or #device > 16 or #text > LONGEST_LABEL or
      not (text == '' or string.find(text, '^[%w\128-\255][%w\128-\255 #()/_.-]*$')) then
    return redis.error_reply('REFUSED arguments of a label')
  end
  local found = redis.call('TYPE', keys[1]).ok
  if found ~= 'none' and found ~= 'hash' then return in_the_way(keys[1] .. ' is a ' .. found .. ' and must be a hash') end
  if text == '' then
    redis.call('HDEL', keys[1], device)
    return redis.status_reply('removed')
  end
  if redis.call('HLEN', keys[1]) >= MOST_LABELS then return redis.error_reply('REFUSED too many labels') end
  redis.call('HSET', keys[1], device, text)
  set_deadline(keys[1], TTL_S.labels, tonumber(redis.call('TIME')[1]), HOUR_S, 'NX')
  return redis.status_reply('kept')
end

redis.register_function{ function_name = 'telltale_label', callback = label }
