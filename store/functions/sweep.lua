-- sweep.lua -- telltale_sweep: what a TTL cannot do, a bounded part of it a call. The publisher calls it every hour, again and again until
-- nothing is left to do, and never before it believes the machine's clock.
--
-- KEYS       alerts audit
-- ARGV       from (where in the alerts to go on: "-" or what the last call answered), cursor (of SCAN: "0" or the same),
--            most (entries and keys to look at in this call), and for how many days figures, devices' counts and alerts are kept:
--            never longer than TTL_S says
-- Answer     from, cursor (both to be given to the next call), entries and keys removed, deadlines mended, and 1 when there is more to do
--
-- Devices    An alert that names a device leaves before it is two days old; the others stay. Nothing finds the former but
--            looking, so each entry that grows older than two days is looked at once: `from` remembers how far that went.
-- Deadlines  Every key of the installation is given the longest time that its kind may have, if it has more or none: a clock
--            that was ahead for a while gives such deadlines, and a foreign hand PERSIST. Where a key says when it was (a day, a
--            period, a test, a recording) that time is counted from then: what is kept for 30 days is gone at 30 days also when it was
--            written under 400, and what is past goes at once.
-- Future     Ids of a stream never go back. After a clock that was ahead, all new entries would stand under that far hour, and
--            stay until it comes. So entries from after this hour are moved under it, in a new stream that takes the old one's
--            place. That is rare, and the one thing here that is as long as the stream.

local MOVED_AT_ONCE = 500

local function delete_entries(key, ids)
  for i = 1, #ids, 1000 do -- unpack() has a limit
    redis.call('XDEL', key, unpack(ids, i, math.min(i + 999, #ids)))
  end
end

local function names_a_device(fields)
  for i = 1, #fields, 2 do
    if fields[i] == 'device' then return fields[i + 1] ~= '' end
  end
  return false
end

local function sweep_devices(sweep, now_s)
  local last_ms = first_kept_ms(now_s * 1000, DEVICE_ALERT_S) - 1
  local entries = redis.call('XRANGE', sweep.alerts_key, sweep.from, string.format('%.0f', last_ms), 'COUNT', sweep.most)
  local gone = {}
  for _, entry in ipairs(entries) do
    if names_a_device(entry[2]) then gone[#gone + 1] = entry[1] end
    sweep.from = '(' .. entry[1]
  end
  delete_entries(sweep.alerts_key, gone)
  sweep.removed = sweep.removed + #gone
  return #entries == sweep.most
end

local function sweep_stream(sweep, key, ttl_s, now_s)
  local first_ms = string.format('%.0f', math.max(0, first_kept_ms(now_s * 1000, ttl_s)))
  sweep.removed = sweep.removed + redis.call('XTRIM', key, 'MINID', '=', first_ms)
end

local function move_entries(key, place, now_ms)
  local from = '-'
  repeat
    local entries = redis.call('XRANGE', key, from, '+', 'COUNT', MOVED_AT_ONCE)
    for _, entry in ipairs(entries) do
      local hour_ms = math.min(tonumber(string.match(entry[1], '^%d+')), now_ms)
      redis.call('XADD', place, string.format('%.0f-*', hour_ms), unpack(entry[2]))
      from = '(' .. entry[1]
    end
  until #entries < MOVED_AT_ONCE
end

local function bring_back(key, ttl_s, now_s)
  local now_ms = hour_of(now_s)
  if redis.call('EXISTS', key) == 0 then return 0 end
  local last_ms = last_hour_ms(key)
  if last_ms and last_ms <= now_ms then return 0 end
  local place = key .. ':moved' -- seen by nobody: it is gone when this call ends
  redis.call('DEL', place)
  move_entries(key, place, now_ms)
  redis.call('DEL', key)
  if redis.call('EXISTS', place) == 1 then
    redis.call('RENAME', place, key)
    set_deadline(key, ttl_s, now_s, HOUR_S)
  end
  return 1
end

-- What kind of key this is: the word by which TTL_S and the steps know it. A key that is none of ours lives as long as any.
local function kind_of(name)
  local of_day = string.match(name, '^day:[^:]*:(%a+)$')
  if of_day == 'devices' or of_day == 'labels' or of_day == 'coverage' then return of_day end
  local kind = string.match(name, '^%a+')
  return TTL_S[kind] and kind or 'day'
end

-- The day of a date, counted from 1970-01-01; nil for what is no date.
local function day_number(date)
  local y, m, d = string.match(date, '^(%d%d%d%d)%-(%d%d)%-(%d%d)$')
  if not y then return nil end
  y, m, d = tonumber(y), tonumber(m), tonumber(d)
  if m <= 2 then y, m = y - 1, m + 12 end -- a year begins with March, so that its leap day is its last
  return 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400) + math.floor((153 * (m - 3) + 2) / 5) + d - 719469
end

-- The last day of a period (common/period.h), counted likewise.
local function last_day(period)
  local year, week = string.match(period, '^(%d%d%d%d)%-W(%d%d)$')
  if year then
    local fourth = day_number(year .. '-01-04') -- is in week 1; 1970-01-01 was a Thursday
    return fourth - (fourth + 3) % 7 + 7 * week - 1
  end
  local of, term = string.match(period, '^(%d%d%d%d)%-T([123])$')
  if of then -- a week belongs to the term that has its Thursday, so its Sunday may lie up to three days later
    local after = term == '1' and of .. '-05-01' or term == '2' and of .. '-09-01' or (of + 1) .. '-01-01'
    return day_number(after) + 2
  end
  return day_number(period)
end

-- When what a key tells of was over: of a day or a period by its name, of a test or a recording by its field; nil where there is none.
-- Its days end up to a day later than at Greenwich.
local BEGAN = { test = 'started', proof = 'kept' }
local function was_over_s(key, name, kind)
  local day = last_day(string.match(name, '^day:([%d-]+)') or string.match(name, '^site:([%dWT-]+)$') or '')
  if day then return (day + 2) * DAY_S end
  local found = BEGAN[kind] and redis.call('TYPE', key).ok == 'hash' and redis.call('HMGET', key, BEGAN[kind])[1]
  return found and as_count(found) or nil
end

local function sweep_deadlines(sweep, now_s)
  local answer = redis.call('SCAN', sweep.cursor, 'MATCH', sweep.root .. '*', 'COUNT', sweep.most)
  for _, key in ipairs(answer[2]) do
    local name = string.sub(key, #sweep.root + 1)
    local kind = kind_of(name)
    local step_s = (kind == 'health' or kind == 'ledger') and 60 or HOUR_S
    local latest_s, over_s = now_s - now_s % step_s + sweep.ttl_s[kind], was_over_s(key, name, kind)
    if over_s then latest_s = math.min(latest_s, over_s - over_s % HOUR_S + sweep.ttl_s[kind]) end
    if latest_s <= now_s then
      sweep.removed = sweep.removed + redis.call('UNLINK', key)
    else -- LT: an endless key counts as later
      sweep.mended = sweep.mended + redis.call('EXPIREAT', key, string.format('%.0f', latest_s), 'LT')
    end
  end
  sweep.cursor = answer[1]
  return sweep.cursor ~= '0'
end

-- What the settings shorten: which kinds live so many days at most.
local SHORTENED = { { 'day', 'coverage', 'site', 'test', 'proof' }, { 'devices', 'labels' }, { 'alerts' } }

local function shortened_ttl_s(args)
  local ttl_s = {}
  for kind, value in pairs(TTL_S) do ttl_s[kind] = value end
  for i, kinds in ipairs(SHORTENED) do
    local days = tonumber(string.match(args[3 + i] or '', '^%d%d?%d?$'))
    if not days or days < 1 then return nil end
    for _, kind in ipairs(kinds) do ttl_s[kind] = math.min(ttl_s[kind], days * DAY_S) end
  end
  return ttl_s
end

local function sweep_all(keys, args)
  local root = string.match(keys[1] or '', '^(telltale:{[a-z0-9-]+}:)alerts$')
  local from, cursor, most = args[1] or '', args[2] or '', tonumber(args[3])
  local ttl_s = shortened_ttl_s(args)
  if not root or not ttl_s or keys[2] ~= root .. 'audit' or #keys ~= 2 or #args ~= 6 or not string.find(cursor, '^%d+$') or
      not (from == '-' or string.find(from, '^%(%d+-%d+$')) or not most or most < 1 or most > 10000 then
    return redis.error_reply('REFUSED arguments of a sweep')
  end
  for _, key in ipairs(keys) do
    local right, found = is_stream(key)
    if not right then return in_the_way(key .. ' is a ' .. found .. ' and must be a stream') end
  end
  local sweep = { root = root, alerts_key = keys[1], from = from, cursor = cursor, most = most, ttl_s = ttl_s, removed = 0, mended = 0 }
  local now_s = tonumber(redis.call('TIME')[1])
  sweep.mended = bring_back(keys[1], ttl_s.alerts, now_s) + bring_back(keys[2], TTL_S.audit, now_s)
  sweep_stream(sweep, keys[1], ttl_s.alerts, now_s)
  sweep_stream(sweep, keys[2], TTL_S.audit, now_s)
  local more_entries = sweep_devices(sweep, now_s)
  local more_keys = sweep_deadlines(sweep, now_s)
  return { sweep.from, sweep.cursor, sweep.removed, sweep.mended, (more_entries or more_keys) and 1 or 0 }
end

redis.register_function{ function_name = 'telltale_sweep', callback = sweep_all }
