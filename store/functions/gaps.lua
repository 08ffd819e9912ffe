-- gaps.lua -- telltale_gap: one gap of a local day, in which nothing could be heard.
-- KEYS       day:<day>:coverage
-- ARGV       from until why                              seconds since the epoch; until 0: it is open
--
-- A gap is known by its beginning and written over, so that a call that is repeated changes nothing. An interface that comes and goes all day has
-- thousands: the newest fifty stay, and the day's counter `gaps` has the number.

local MOST_GAPS = 50 -- STORE_GAPS_MOST

local function is_time(text)
  return #text <= 15 and string.find(text, '^%d+$') ~= nil
end

-- The fields of gaps that are there: how many, which began first, and the value of one.
local function look_at_gaps(key, field)
  local fields = redis.call('HGETALL', key)
  local n, oldest, present = 0, nil, nil
  for i = 1, #fields, 2 do
    local began = tonumber(string.match(fields[i], '^gap:(%d+)$'))
    if began then
      n = n + 1
      if not oldest or began < oldest then oldest = began end
      if fields[i] == field then present = fields[i + 1] end
    end
  end
  return n, oldest, present
end

local function gap(keys, args)
  local from, till, why = args[1] or '', args[2] or '', args[3] or ''
  if #keys ~= 1 or #args ~= 3 or not string.find(keys[1], '^telltale:{[a-z0-9-]+}:day:%d%d%d%d%-%d%d%-%d%d:coverage$') or
      not is_time(from) or not is_time(till) or not string.find(why, '^[a-z]+$') or #why > 16 or
      (till ~= '0' and tonumber(till) < tonumber(from)) then
    return redis.error_reply('REFUSED arguments of a gap')
  end
  local found = redis.call('TYPE', keys[1]).ok
  if found ~= 'none' and found ~= 'hash' then return in_the_way(keys[1] .. ' is a ' .. found .. ' and must be a hash') end
  local field = 'gap:' .. from
  local n, oldest, present = look_at_gaps(keys[1], field)
  -- It has ended: that it was open is no news.
  if present and till == '0' and not string.find(present, '^0\t') then return redis.status_reply('already') end
  if not present and n >= MOST_GAPS then
    if tonumber(from) < oldest then return redis.status_reply('passed over') end
    redis.call('HDEL', keys[1], string.format('gap:%.0f', oldest))
  end
  redis.call('HSET', keys[1], field, till .. '\t' .. why)
  set_deadline(keys[1], TTL_S.coverage, tonumber(redis.call('TIME')[1]), HOUR_S, 'NX')
  return redis.status_reply('kept')
end

redis.register_function{ function_name = 'telltale_gap', callback = gap }
