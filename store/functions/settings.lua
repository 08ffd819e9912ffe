-- settings.lua -- the way of the page Settings: a request to the sensor, and the settings in force.

-- telltale_request -- what the page Settings asks telltaled to change. A later request takes the place of one that waits: it is a person's second thought.
-- KEYS       request
-- ARGV       id who change [member value]...                the fields of store/schema.h
-- Nobody believes it: the form alone is checked here, and whoever reads it checks what it says.

local MOST_MEMBERS, LONGEST_MEMBER = 3, 200

local function request(keys, args)
  local id, who, change = args[1] or '', args[2] or '', args[3] or ''
  if #keys ~= 1 or not string.find(keys[1], '^telltale:{[a-z0-9-]+}:request$') or not string.find(id, '^%x+$') or #id ~= 32 or
      not string.find(who, '^[a-z]+$') or #who > 32 or not string.find(change, '^[a-z]+$') or #change > 32 or #args % 2 ~= 1 or
      #args > 3 + 2 * MOST_MEMBERS then
    return redis.error_reply('REFUSED arguments of a request')
  end
  local fields = { 'id', id, 'who', who, 'change', change }
  for i = 4, #args, 2 do
    if not string.find(args[i], '^[a-z]+$') or #args[i] > 32 or #args[i + 1] > LONGEST_MEMBER or string.find(args[i + 1], '%c') then
      return redis.error_reply('REFUSED member of a request (argument ' .. i .. ')')
    end
    fields[#fields + 1] = 'value:' .. args[i]
    fields[#fields + 1] = args[i + 1]
  end
  redis.call('UNLINK', keys[1])
  redis.call('HSET', keys[1], unpack(fields))
  set_deadline(keys[1], TTL_S.request, tonumber(redis.call('TIME')[1]), 60)
  return redis.status_reply('waits')
end

redis.register_function{ function_name = 'telltale_request', callback = request }

-- telltale_settings -- the settings in force, whole, and the answer to a request, which has then had its time.
-- KEYS       settings request
-- ARGV       id of the request that is answered ('' none), then field value...

local function settings(keys, args)
  local root = string.match(keys[1] or '', '^(telltale:{[a-z0-9-]+}:)settings$')
  if not root or keys[2] ~= root .. 'request' or #keys ~= 2 or #args < 3 or #args % 2 ~= 1 or #args > 1001 then
    return redis.error_reply('REFUSED arguments of the settings')
  end
  for i = 2, #args, 2 do
    if not string.find(args[i], '^[a-z]+[%w:._-]*$') or #args[i] > 300 or #args[i + 1] > 1000 then
      return redis.error_reply('REFUSED field of the settings (argument ' .. i .. ')')
    end
  end
  local found = redis.call('TYPE', keys[2]).ok
  if args[1] ~= '' and found == 'hash' and redis.call('HMGET', keys[2], 'id')[1] == args[1] then redis.call('UNLINK', keys[2]) end
  redis.call('UNLINK', keys[1])
  redis.call('HSET', keys[1], unpack(args, 2))
  set_deadline(keys[1], TTL_S.settings, tonumber(redis.call('TIME')[1]), HOUR_S)
  return redis.status_reply('kept')
end

redis.register_function{ function_name = 'telltale_settings', callback = settings }
