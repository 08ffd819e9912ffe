#!lua name=telltale
--
-- telltale.lua -- applies one batch of the publisher: whole, and once. Removes what has had its time. Keeps the audit.
--
-- Problem    An answer of Redis can be lost after the batch was applied. The publisher must then offer the batch again, and
--            a count that is added twice is a claim that nobody can check.
-- Approach   Every batch has an incarnation (a random name of one publisher's run) and a sequence from 1. The same call that
--            writes the batch writes its sequence into the mark, and Redis runs a function as one step: either both are
--            there or neither. A sequence that the mark has reached is answered with 'already'; one that leaves a gap
--            is an error.
--            Redis does not undo what a function wrote before it failed. So everything that can fail is tried before
--            the first write: each argument, each key's name and type, each counter's present value. Counters
--            are therefore read, added up here and written back, instead of HINCRBY, which could meet a value that is
--            not a number halfway.
-- Answers    'applied', 'already', or an error whose first word says what to do with the batch:
--              REFUSED    the batch itself is wrong and will never be taken
--              WRONGTYPE  somebody else's data is in the way; can be taken once that is moved
--              GAP        an earlier batch is missing; ask the mark and offer from there
--            An error never repeats a value of the batch: it may end in a log.
-- Retention  telltale_sweep, further down, says how.
-- Times      Hours only. Deadlines and trimming are rounded down, because Redis writes them into its append-only file.
-- Left out   Which words a purpose or an evidence may be: the publisher has the list (common/words.h).
--
-- KEYS       alerts health ledger mark [coverage] [day devices]... [site]      names of store/schema.h
-- ARGV       incarnation sequence demo, how many moments, descriptions, contacts and figures; then each of them, as the
--            tables below say. What many contacts share (an hour of a day; who was contacted, and how that was seen) is sent
--            once and named by its number: checking and counting it costs once a batch instead of once a contact.
-- Speed      A contact costs about five microseconds in XADD and what Redis does around it (28 arguments, and the same again into
--            the append-only file), which nothing here can change. All else is to cost less than half of that: so descriptions
--            that were sound once are remembered between calls, and counts are taken by number before they are taken by name.
--            Sequence 0: figures only; of the mark only the deadline moves. With a site key: one record of a support site before the figures,
--            and no contact, so that the two never share a batch.

local HOUR_MS, HOUR_S = 3600 * 1000, 3600
local DAY_S = 24 * HOUR_S
local ALERTS_KEPT = 100000 -- STORE_ALERTS_KEPT
local TTL_S = { alerts = 30 * DAY_S, day = 400 * DAY_S, devices = 30 * DAY_S, health = HOUR_S, ledger = HOUR_S,
  mark = 30 * DAY_S, audit = 400 * DAY_S, site = 400 * DAY_S, test = 400 * DAY_S, coverage = 400 * DAY_S, proof = 400 * DAY_S,
  request = HOUR_S, settings = 30 * DAY_S }
local DEVICE_ALERT_S = 2 * DAY_S -- STORE_DEVICE_ALERT_S
-- The figures that move with contacts. They have a hash of their own, which the technician cannot read.
local LEDGER = { sightings_sent = true, sightings_received = true, contacts_made = true, contacts_acknowledged = true,
  contacts_spooled = true, contacts_in_flight = true, contacts_queued = true, contacts_refused = true, contacts_recovered = true,
  contacts_lost = true, batches_sent = true, names_seen = true, names_along = true, spool_bytes = true, spool_syncs = true }
-- The figures that a day adds up (STORE_COVERAGE_FIELDS): all are counters of one run of the capture process.
local COVERAGE = { 'captured', 'kernel_dropped', 'ring_full', 'undecodable_truncated', 'undecodable_malformed', 'flows', 'named', 'blind_ech',
  'blind_doh', 'blind_dot', 'blind_doq', 'blind_relay', 'blind_vpn', 'blind_no_name', 'blind_incomplete', 'sightings_dropped', 'gaps',
  'gap_seconds' }
local COVERAGE_LEDGER = { 'names_seen', 'names_along' } -- the same, kept in the ledger
local MOST_CONTACTS, MOST_FIGURES, MOST_DAYS, MOST_MOMENTS = 512, 128, 2, 64
local EXACT = 2 ^ 53 -- the integers below it are exact in a Lua number

-- Numbers and their texts. To check one that comes as a text, to read it and to write it costs as much as a hundred steps of Lua,
-- and a batch has hundreds: so the small ones are kept, once met, and found again.

local SMALL = 4096
local small_text, small_number = {}, {}

local function text_of(n)
  local text = small_text[n]
  if not text then
    text = string.format('%d', n)
    if n < SMALL then small_text[n] = text end
  end
  return text
end

-- An absent counter is 0; nil is something that is not a counter.
local function as_count(value)
  if not value then return 0 end
  local n = small_number[value]
  if n then return n end
  n = string.find(value, '^%d+$') and tonumber(value)
  if not n or n >= EXACT then return nil end
  if n < SMALL and value == text_of(n) then small_number[value] = n end -- not "007": there is no end of those
  return n
end

-- Arguments are read through a cursor that remembers its first problem and goes on with harmless values, so that a
-- group of them can be read first and judged once.

local function problem(batch, what)
  batch.problem = batch.problem or (what .. ' (argument ' .. batch.at .. ')')
end

local function take(batch, what, longest, pattern)
  local value = batch.args[batch.at]
  if value == nil or #value > longest or (pattern and not string.find(value, pattern)) then
    problem(batch, what)
    value = '0'
  end
  batch.at = batch.at + 1
  return value
end

local function take_count(batch, what, most)
  local n = tonumber(take(batch, what, 15, '^%d+$'))
  if n > most then
    problem(batch, what)
    return 0
  end
  return n
end

-- Each record is a row of arguments, checked by one of these tables. The numbers below are their places.

local MOMENT = {
  { what = 'day', longest = 1, pattern = '^%d$' }, -- which of the batch's days, from 1
  { what = 'time', longest = 15, pattern = '^%d+$' }, -- its hour, in ms since the epoch
  { what = 'hour', longest = 2, pattern = '^[0-2]%d$' }, -- of the local day
}

-- A description is one argument, its fields in this order, with a NUL between two of them.
local DESCRIPTION = {
  { what = 'tracker', longest = 63 },
  { what = 'organisation', longest = 63 },
  { what = 'purpose', longest = 32, pattern = '^[a-z-]+$' },
  { what = 'matched', longest = 253 },
  { what = 'evidence', longest = 32, pattern = '^[a-z-]+$' },
  { what = 'country', longest = 2, pattern = '^%a*$' },
  { what = 'asn', longest = 10, pattern = '^%d*$' },
  { what = 'severity', longest = 16, pattern = '^[a-z]+$' },
  { what = 'why', longest = 512 },
  { what = 'feed', longest = 63 },
}
local FIELD, MORE = '([^%z]*)', '([^%z]*)%z' -- a library has no string functions while it is being loaded
local DESCRIPTION_FIELDS = '^' .. MORE .. MORE .. MORE .. MORE .. MORE .. MORE .. MORE .. MORE .. MORE .. FIELD .. '$'
local DESCRIPTION_LONGEST = 1200 -- STORE_ARGUMENT_MAX
local TRACKER, ORGANISATION, PURPOSE, MATCHED, EVIDENCE, COUNTRY, ASN, SEVERITY, WHY, FEED = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10

-- A contact: the number of its description, of its moment, the device, and how many connections. It is read by take_contacts().
local CONTACT = 4
local DEVICE_LONGEST, DEVICE_PATTERN = 16, '^[%w_-]*$'
local CONNECTIONS_LONGEST, CONNECTIONS_PATTERN = 10, '^%d+$'

-- What left of a support site for a period (a 'site'), or of a tracker host after visits to it (a 'pair'). What is written is the same
-- however often it is written: these are sums, and no more is added to a period that has left.
local SITE = {
  { what = 'kind', longest = 4, pattern = '^[a-z]+$' },
  { what = 'site', longest = 253, pattern = '^[%w._-]+$' },
  { what = 'host', longest = 253, pattern = '^[%w._-]*$' },
  { what = 'numbers', longest = 500, pattern = '^%d[%d ]*$' },
  { what = 'tracker', longest = 63 },
  { what = 'organisation', longest = 63 },
  { what = 'purpose', longest = 32, pattern = '^[a-z-]+$' },
  { what = 'country', longest = 2, pattern = '^%a*$' },
  { what = 'verdict', longest = 8, pattern = '^[a-z ]*$' }, -- empty: no alert
  { what = 'why', longest = 512 },
  { what = 'first day', longest = 10, pattern = '^%d%d%d%d%-%d%d%-%d%d$' },
  { what = 'last day', longest = 10, pattern = '^%d%d%d%d%-%d%d%-%d%d$' },
  { what = 'time', longest = 15, pattern = '^%d+$' }, -- the last day's beginning, in ms since the epoch
}

-- What a day counts contacts by, besides the hour.
local COUNTED_BY = { purpose = PURPOSE, tracker = TRACKER, organisation = ORGANISATION, evidence = EVIDENCE, country = COUNTRY }

local function add(counts, name, n)
  counts[name] = (counts[name] or 0) + n
end

local function new_day(key, devices_key)
  return { key = key, devices_key = devices_key, descriptions = {}, purposes = {} }
end

local function take_row(batch, checks)
  local row = {}
  for place, check in ipairs(checks) do
    row[place] = take(batch, check.what, check.longest, check.pattern)
  end
  return row
end

local function take_moment(batch, number)
  local row = take_row(batch, MOMENT)
  local moment = { day = batch.days[tonumber(row[1])], time_ms = tonumber(row[2]), hour = row[3], with_device = 0 }
  if not moment.day or moment.time_ms % HOUR_MS ~= 0 then return problem(batch, 'day or time') end
  batch.moments[text_of(number)] = moment
end

-- The descriptions that were sound, by their text: the same few hundred come all day. They name no device. Whatever is in here would be
-- found the same way again, so that it is no matter when it is emptied.
local KNOWN_MOST = 2048
local known, known_count = {}, 0

local function read_description(batch, text)
  local description = { string.match(text, DESCRIPTION_FIELDS) }
  for place, check in ipairs(DESCRIPTION) do
    local value = description[place]
    if not value or #value > check.longest or (check.pattern and not string.find(value, check.pattern)) then
      return problem(batch, check.what)
    end
  end
  description.fields = {} -- of the day, that count such a contact
  for word, place in pairs(COUNTED_BY) do
    if description[place] ~= '' then description.fields[#description.fields + 1] = 'contacts:' .. word .. ':' .. description[place] end
  end
  return description
end

local function take_description(batch, number)
  local text = take(batch, 'description', DESCRIPTION_LONGEST)
  local description = known[text]
  if not description then
    description = read_description(batch, text)
    if not description then return end
    if known_count == KNOWN_MOST then known, known_count = {}, 0 end
    known[text], known_count = description, known_count + 1
  end
  batch.descriptions[text_of(number)] = description
end

-- Returns what is wrong with a contact, if anything.
local function check_contact(batch, description, moment, device, connections)
  if not description then return 'description' end
  if not moment then return 'moment' end
  if not device or #device > DEVICE_LONGEST or not string.find(device, DEVICE_PATTERN) then return 'device' end
  if not connections or #connections > CONNECTIONS_LONGEST or not string.find(connections, CONNECTIONS_PATTERN) then
    return 'connections'
  end
end

-- This loop runs for each of more than 100,000 contacts a second: it looks up and adds, and does the rest only for a
-- device or a number of connections that this batch has not had yet.
local function take_contacts(batch, n)
  local args, at, descriptions, moments = batch.args, batch.at, batch.descriptions, batch.moments
  local sound_devices, sound_connections = {}, {}
  for _ = 1, n do
    local description, moment, device, connections = descriptions[args[at]], moments[args[at + 1]], args[at + 2], args[at + 3]
    if not (description and moment and sound_devices[device or ''] and sound_connections[connections or '']) then
      local what = check_contact(batch, description, moment, device, connections)
      if what then
        batch.at = at
        return problem(batch, what)
      end
      sound_devices[device], sound_connections[connections] = true, true
    end
    local day, purpose = moment.day, description[PURPOSE]
    day.descriptions[description] = (day.descriptions[description] or 0) + 1
    if device ~= '' then -- without one it has a day, but no hour
      moment.with_device = moment.with_device + 1
      local devices = day.purposes[purpose]
      if not devices then
        devices = {}
        day.purposes[purpose] = devices
      end
      devices[device] = (devices[device] or 0) + 1
    end
    at = at + CONTACT
  end
  batch.first_contact, batch.contacts, batch.at = batch.at, n, at
end

local function take_site(batch)
  local row, record = take_row(batch, SITE), {}
  for place, check in ipairs(SITE) do record[check.what] = row[place] end
  if record.kind ~= 'site' and record.kind ~= 'pair' or (record.kind == 'pair') == (record.host == '') then
    return problem(batch, 'kind')
  end
  record.time_ms = tonumber(record.time)
  if record.time_ms % HOUR_MS ~= 0 then problem(batch, 'time') end
  batch.site = record
end

local function take_figure(batch)
  local name = take(batch, 'figure', 32, '^[a-z_]+$')
  local value = take(batch, 'value of a figure', 20, '^%d+$')
  local figures = LEDGER[name] and batch.ledger or batch.health
  figures[#figures + 1] = name
  figures[#figures + 1] = value
end

-- All keys belong to one installation and are spelled as store/schema.h spells them.
local function take_keys(batch, keys)
  local root = string.match(keys[1] or '', '^(telltale:{[a-z0-9-]+}:)alerts$')
  if not root or keys[2] ~= root .. 'health' or keys[3] ~= root .. 'ledger' or
      keys[4] ~= root .. 'mark:' .. batch.incarnation then
    return false
  end
  batch.keys = { { name = keys[1], type = 'stream' } }
  for i = 2, 4 do batch.keys[i] = { name = keys[i], type = 'hash' } end
  local first, last, period = 5, #keys, string.match(keys[#keys], ':site:([%w-]+)$')
  if period then
    if keys[last] ~= root .. 'site:' .. period or #period > 10 then return false end
    batch.site_key, last = keys[last], last - 1
    batch.keys[5] = { name = batch.site_key, type = 'hash' }
  end
  local covered = string.match(keys[5] or '', ':day:(%d%d%d%d%-%d%d%-%d%d):coverage$')
  if covered then
    if keys[5] ~= root .. 'day:' .. covered .. ':coverage' then return false end
    batch.coverage_key, first = keys[5], 6
    batch.keys[#batch.keys + 1] = { name = batch.coverage_key, type = 'hash' }
  end
  for i = first, last, 2 do
    local date = string.match(keys[i], ':(%d%d%d%d%-%d%d%-%d%d)$')
    if not date or keys[i] ~= root .. 'day:' .. date or keys[i + 1] ~= keys[i] .. ':devices' then
      return false
    end
    batch.keys[#batch.keys + 1] = { name = keys[i], type = 'hash' }
    batch.keys[#batch.keys + 1] = { name = keys[i + 1], type = 'hash' }
    batch.days[#batch.days + 1] = new_day(keys[i], keys[i + 1])
  end
  batch.alerts_key, batch.health_key, batch.ledger_key, batch.mark_key = keys[1], keys[2], keys[3], keys[4]
  return #batch.days <= MOST_DAYS
end

local function take_batch(keys, args)
  local batch = { args = args, at = 1, days = {}, moments = {}, descriptions = {}, contacts = 0, health = {}, ledger = {} }
  batch.incarnation = take(batch, 'incarnation', 32, '^%x+$')
  batch.sequence = take_count(batch, 'sequence', EXACT)
  local demo = take(batch, 'demo', 3)
  batch.demo = demo == 'yes'
  if demo ~= '' and not batch.demo then problem(batch, 'demo') end
  local moments = take_count(batch, 'number of moments', MOST_MOMENTS)
  local descriptions = take_count(batch, 'number of descriptions', MOST_CONTACTS)
  local contacts = take_count(batch, 'number of contacts', MOST_CONTACTS)
  local figures = take_count(batch, 'number of figures', MOST_FIGURES)
  if not batch.problem and not take_keys(batch, keys) then
    problem(batch, 'keys')
  end
  if batch.sequence == 0 and (contacts > 0 or batch.site_key) then problem(batch, 'sequence') end
  if batch.site_key and contacts > 0 then problem(batch, 'contacts beside a site') end
  for i = 1, batch.problem and 0 or moments do take_moment(batch, i) end
  for i = 1, batch.problem and 0 or descriptions do take_description(batch, i) end
  if not batch.problem then take_contacts(batch, contacts) end
  if not batch.problem and batch.site_key then take_site(batch) end
  for _ = 1, batch.problem and 0 or figures do take_figure(batch) end
  if batch.at ~= #args + 1 then problem(batch, 'number of arguments') end
  return batch
end

-- Reading what is there. Nothing is written yet.

local function in_the_way(what)
  return redis.error_reply('WRONGTYPE ' .. what)
end

local function check_types(batch)
  for _, key in ipairs(batch.keys) do
    local found = redis.call('TYPE', key.name).ok
    if found ~= 'none' and found ~= key.type then
      return in_the_way(key.name .. ' is a ' .. found .. ' and must be a ' .. key.type)
    end
  end
end


-- Turns "how many more of each" into { field, how many then, ... }; nil when a present value is not a count.
local function add_up(key, more)
  local fields, sums, n = {}, {}, 0
  for field in pairs(more) do
    n = n + 1
    fields[n] = field
  end
  if n == 0 then return sums end
  local present = redis.call('HMGET', key, unpack(fields))
  for i = 1, n do
    local field = fields[i]
    local before = as_count(present[i])
    if not before then return nil end
    sums[2 * i - 1] = field
    local sum = before + more[field]
    sums[2 * i] = text_of(sum < EXACT and sum or EXACT - 1)
  end
  return sums
end

local function add_up_counts(batch, day)
  local counts, contacts = {}, 0
  for description, n in pairs(day.descriptions) do
    local fields = description.fields
    for i = 1, #fields do
      local field = fields[i]
      counts[field] = (counts[field] or 0) + n
    end
    contacts = contacts + n
  end
  if contacts > 0 then counts.contacts = contacts end
  for _, moment in pairs(batch.moments) do
    if moment.day == day and moment.with_device > 0 then add(counts, 'contacts:hour:' .. moment.hour, moment.with_device) end
  end
  return add_up(day.key, counts)
end

local function add_up_devices(day)
  local counts = {}
  for purpose, devices in pairs(day.purposes) do
    local suffix = ':' .. purpose
    for device, n in pairs(devices) do
      counts[device] = (counts[device] or 0) + n
      counts[device .. suffix] = n
    end
  end
  return add_up(day.devices_key, counts)
end

local function add_up_days(batch)
  for _, day in ipairs(batch.days) do
    day.count_sums = add_up_counts(batch, day)
    day.device_sums = add_up_devices(day)
    local bad = not day.count_sums and day.key or not day.device_sums and day.devices_key
    if bad then return in_the_way(bad .. ' has a field that is not a count') end
    if batch.demo and #day.count_sums > 0 then
      day.count_sums[#day.count_sums + 1] = 'demo'
      day.count_sums[#day.count_sums + 1] = 'yes'
    end
  end
end

-- Health has the latest value of each figure; a day has what they grew by while it lasted. What they were before is in health, so a
-- call that is offered again adds nothing. A run of the capture process that health does not know of counts from its beginning, if
-- that is no longer ago than health lives; else nobody knows what was counted already.
local function add_up_coverage(batch)
  local now, more = {}, {}
  for i = 1, #batch.health, 2 do now[batch.health[i]] = batch.health[i + 1] end
  for i = 1, #batch.ledger, 2 do now[batch.ledger[i]] = batch.ledger[i + 1] end
  if not batch.coverage_key or not now.started or not now.updated then return {} end
  local same = redis.call('HMGET', batch.health_key, 'started')[1] == now.started
  local whole = not same and tonumber(now.updated) - tonumber(now.started) <= TTL_S.health
  for key, names in pairs({ [batch.health_key] = COVERAGE, [batch.ledger_key] = COVERAGE_LEDGER }) do
    local before = redis.call('HMGET', key, unpack(names))
    for i, name in ipairs(names) do
      local n, was = as_count(now[name]), same and as_count(before[i]) or 0
      local grown = n and (same or whole) and n - was or 0
      if grown > 0 then more[name] = grown end
    end
  end
  return add_up(batch.coverage_key, more)
end

-- The hour of the last entry there ever was, rounded up when a foreign hand added one between two hours.
local function last_hour_ms(stream)
  if redis.call('EXISTS', stream) == 0 then return 0 end
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local ms = tonumber(string.match(info[i + 1], '^%d+'))
      return ms < EXACT and math.ceil(ms / HOUR_MS) * HOUR_MS or nil
    end
  end
end

-- One alert for each site, tracker and day: a field of the period remembers it.
local function told_field(r)
  return 'told:' .. r.site .. ':' .. r.tracker
end

local function is_to_be_told(batch)
  local r = batch.site
  return r ~= nil and r.verdict ~= '' and not redis.call('HMGET', batch.site_key, told_field(r))[1]
end

-- Writing. Nothing below can be refused any more: the commands are those of every batch, which the publisher's user may call.

-- A deadline is a step of the clock, so that it tells no more than the step. `NX` keeps the first one.
local function set_deadline(key, ttl_s, now_s, step_s, ...)
  redis.call('EXPIREAT', key, string.format('%.0f', now_s - now_s % step_s + ttl_s), ...)
end

local function hour_of(now_s)
  return (now_s - now_s % HOUR_S) * 1000
end

-- The first hour that is still kept: an entry leaves when the oldest contact that its hour may hold has reached its time.
local function first_kept_ms(now_ms, kept_s)
  return now_ms - now_ms % HOUR_MS - kept_s * 1000 + HOUR_MS
end

-- Entries leave when there are too many, and when they are old. "Now" is the server's clock; for a replayed capture, whose hours
-- lie elsewhere, it is the newest entry's hour.
local function trim_alerts(batch, newest_ms, now_s)
  local now_ms, kept_ms = now_s * 1000, TTL_S.alerts * 1000
  if newest_ms < now_ms - kept_ms or newest_ms > now_ms then now_ms = newest_ms end
  local first_ms = first_kept_ms(now_ms, TTL_S.alerts)
  if first_ms > 0 then
    redis.call('XTRIM', batch.alerts_key, 'MINID', '=', string.format('%.0f', first_ms))
  end
  redis.call('XTRIM', batch.alerts_key, 'MAXLEN', '~', ALERTS_KEPT)
end

-- Adds one alert, with the fields of store/schema.h in their order.
local function write_alert(key, id, d, device, connections, ...)
  redis.call('XADD', key, id, 'kind', 'contact', 'device', device, 'tracker', d[TRACKER], 'organisation', d[ORGANISATION],
    'purpose', d[PURPOSE], 'matched', d[MATCHED], 'evidence', d[EVIDENCE], 'connections', connections, 'country', d[COUNTRY],
    'asn', d[ASN], 'severity', d[SEVERITY], 'why', d[WHY], 'feed', d[FEED], ...)
end

local function write_alerts(batch, last_ms, now_s)
  local args, descriptions, moments, key = batch.args, batch.descriptions, batch.moments, batch.alerts_key
  local id
  for at = batch.first_contact, batch.first_contact + (batch.contacts - 1) * CONTACT, CONTACT do
    local time_ms = moments[args[at + 1]].time_ms
    if not id or time_ms > last_ms then
      last_ms = math.max(last_ms, time_ms) -- a stream's ids never go back
      id = string.format('%.0f-*', last_ms)
    end
    if batch.demo then
      write_alert(key, id, descriptions[args[at]], args[at + 2], args[at + 3], 'demo', 'yes')
    else
      write_alert(key, id, descriptions[args[at]], args[at + 2], args[at + 3])
    end
  end
  if last_ms > 0 then trim_alerts(batch, last_ms, now_s) end
  -- A demo has no sensor behind it that sweeps: the whole stream goes when its devices must.
  if batch.contacts > 0 then
    set_deadline(batch.alerts_key, batch.demo and DEVICE_ALERT_S or TTL_S.alerts, now_s, HOUR_S)
  end
end

local function write_hash(key, pairs_of_it, ...)
  if #pairs_of_it == 0 then return end
  redis.call('HSET', key, unpack(pairs_of_it))
  set_deadline(key, ...)
end

local function write_disclosure(batch, r, last_ms, now_s)
  last_ms = math.max(last_ms, r.time_ms)
  local entry = { 'kind', 'disclosure', 'site', r.site, 'tracker', r.tracker, 'organisation', r.organisation, 'purpose', r.purpose,
    'day', r['last day'], 'verdict', r.verdict, 'why', r.why }
  if batch.demo then
    entry[#entry + 1] = 'demo'
    entry[#entry + 1] = 'yes'
  end
  redis.call('XADD', batch.alerts_key, string.format('%.0f-*', last_ms), unpack(entry))
  trim_alerts(batch, last_ms, now_s)
  set_deadline(batch.alerts_key, batch.demo and DEVICE_ALERT_S or TTL_S.alerts, now_s, HOUR_S)
end

local function write_site(batch, last_ms, now_s)
  local r = batch.site
  local fields = { 'first', r['first day'], 'last', r['last day'] }
  if r.kind == 'site' then
    local visits, devices = string.match(r.numbers, '^(%d+) (%d+)')
    for _, field in ipairs({ 'visits:' .. r.site, visits or '0', 'devices:' .. r.site, devices or '0' }) do fields[#fields + 1] = field end
  else
    fields[#fields + 1] = 'pair:' .. r.site .. ':' .. r.host
    fields[#fields + 1] = table.concat({ r.numbers, r.tracker, r.organisation, r.purpose, r.country }, '\t')
  end
  if batch.demo then
    fields[#fields + 1] = 'demo'
    fields[#fields + 1] = 'yes'
  end
  if batch.tells then
    fields[#fields + 1] = told_field(r)
    fields[#fields + 1] = r.verdict
  end
  write_hash(batch.site_key, fields, TTL_S.site, now_s, HOUR_S, 'NX')
  if batch.tells then write_disclosure(batch, r, last_ms, now_s) end
end

local function write_batch(batch, mark, last_ms)
  local now_s = tonumber(redis.call('TIME')[1])
  write_alerts(batch, last_ms, now_s)
  if batch.site then write_site(batch, last_ms, now_s) end
  for _, day in ipairs(batch.days) do
    write_hash(day.key, day.count_sums, TTL_S.day, now_s, HOUR_S, 'NX')
    write_hash(day.devices_key, day.device_sums, TTL_S.devices, now_s, HOUR_S, 'NX')
  end
  write_hash(batch.coverage_key, batch.coverage_sums, TTL_S.coverage, now_s, HOUR_S, 'NX')
  write_hash(batch.health_key, batch.health, TTL_S.health, now_s, 60)
  write_hash(batch.ledger_key, batch.ledger, TTL_S.ledger, now_s, 60)
  -- Figures alone say that the publisher lives: in a quiet month its mark must not end under it, or its next batch would look like a
  -- loss. GT: once an hour, and never for a mark that is not there.
  if batch.sequence == 0 then return set_deadline(batch.mark_key, TTL_S.mark, now_s, HOUR_S, 'GT') end
  local contacts = string.format('%.0f', mark.contacts + batch.contacts)
  write_hash(batch.mark_key, { 'sequence', string.format('%.0f', batch.sequence), 'contacts', contacts },
    TTL_S.mark, now_s, HOUR_S)
end

local function apply(keys, args)
  local batch = take_batch(keys, args)
  if batch.problem then return redis.error_reply('REFUSED ' .. batch.problem) end
  local wrong = check_types(batch)
  if wrong then return wrong end

  local present = redis.call('HMGET', batch.mark_key, 'sequence', 'contacts')
  local mark = { sequence = as_count(present[1]), contacts = as_count(present[2]) }
  if not mark.sequence or not mark.contacts then return in_the_way(batch.mark_key .. ' has a field that is not a count') end
  if batch.sequence > 0 and batch.sequence <= mark.sequence then return redis.status_reply('already') end
  if batch.sequence > mark.sequence + 1 then
    return redis.error_reply(string.format('GAP the mark is at %.0f, the batch at %.0f', mark.sequence, batch.sequence))
  end

  wrong = add_up_days(batch)
  if wrong then return wrong end
  batch.coverage_sums = add_up_coverage(batch)
  if not batch.coverage_sums then return in_the_way(batch.coverage_key .. ' has a field that is not a count') end
  local last_ms = last_hour_ms(batch.alerts_key)
  if not last_ms then return in_the_way(batch.alerts_key .. ' has an entry whose id is not a time') end
  batch.tells = is_to_be_told(batch)

  write_batch(batch, mark, last_ms)
  return redis.status_reply('applied')
end

redis.register_function{ function_name = 'telltale_apply', callback = apply, description = 'version 14' }

-- telltale_sweep -- what a TTL cannot do, a bounded part of it a call. The publisher calls it every hour, again and again until
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
  if of_day == 'devices' or of_day == 'coverage' then return of_day end
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

local function is_stream(key)
  local found = redis.call('TYPE', key).ok
  return found == 'none' or found == 'stream', found
end

-- What the settings shorten: which kinds live so many days at most.
local SHORTENED = { { 'day', 'coverage', 'site', 'test', 'proof' }, { 'devices' }, { 'alerts' } }

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

-- telltale_audit -- one line of the audit: who did what.
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
