-- kept.lua -- what is kept under keys of its own, because somebody asked for it: staff tests and recordings of browsers.

-- telltale_test -- fields of one staff test. Each is written over what was there, so that a call that is repeated changes nothing.
-- KEYS       test:<id>
-- ARGV       field value [field value]...                the fields of store/schema.h

local LONGEST_VALUE = 1200
local TEST_FIELDS = { label = true, site = true, reason = true, started = true, minutes = true, state = true, visits = true, beyond = true,
  demo = true }

local function is_test_field(field)
  return TEST_FIELDS[field] or string.find(field, '^host:[%w._-]+$') or string.find(field, '^link:%d:[%w._-]+$') or
      string.find(field, '^leak:%d+$')
end

-- Writes fields of a hash of its own, whose kind is the word in its key, over what was there.
local function keep(keys, args, kind, is_field, most_fields)
  if #keys ~= 1 or not string.find(keys[1], '^telltale:{[a-z0-9-]+}:' .. kind .. ':%x+$') or #args == 0 or #args % 2 ~= 0 then
    return redis.error_reply('REFUSED arguments of a ' .. kind)
  end
  for i = 1, #args, 2 do
    -- A tab stands between two columns; no other control character is taken.
    if not is_field(args[i]) or #args[i] > 300 or #args[i + 1] > LONGEST_VALUE or string.find(string.gsub(args[i + 1], '\t', ''), '%c') then
      return redis.error_reply('REFUSED field of a ' .. kind .. ' (argument ' .. i .. ')')
    end
  end
  local found = redis.call('TYPE', keys[1]).ok
  if found ~= 'none' and found ~= 'hash' then return in_the_way(keys[1] .. ' is a ' .. found .. ' and must be a hash') end
  if redis.call('HLEN', keys[1]) + #args / 2 > most_fields then return redis.error_reply('REFUSED too many fields of a ' .. kind) end
  redis.call('HSET', keys[1], unpack(args))
  set_deadline(keys[1], TTL_S[kind], tonumber(redis.call('TIME')[1]), HOUR_S, 'NX')
  return redis.status_reply('kept')
end

local function test(keys, args)
  return keep(keys, args, 'test', is_test_field, 4000)
end

redis.register_function{ function_name = 'telltale_test', callback = test }

-- telltale_proof -- one kept recording, whole; or, without fields, its end.
-- KEYS       proof:<id>
-- ARGV       [field value]...                            the fields of store/schema.h

local MOST_PROOF_FIELDS = 250
local PROOF_FIELDS = { label = true, site = true, kept = true, recorded = true, browser = true, page = true, title = true, pages = true,
  requests = true, others = true, beyond = true, complete = true, answered = true, demo = true }

local function is_proof_field(field)
  return PROOF_FIELDS[field] or string.find(field, '^host:%d+$') or string.find(field, '^told:%d+$') or string.find(field, '^chain:%d+$')
end

local function proof(keys, args)
  if #args == 0 and #keys == 1 and string.find(keys[1], '^telltale:{[a-z0-9-]+}:proof:%x+$') then
    redis.call('UNLINK', keys[1])
    return redis.status_reply('removed')
  end
  return keep(keys, args, 'proof', is_proof_field, MOST_PROOF_FIELDS)
end

redis.register_function{ function_name = 'telltale_proof', callback = proof }
