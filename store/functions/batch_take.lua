-- batch_take.lua -- telltale_apply takes one batch of the publisher, whole and once. First part: its arguments are read and checked.
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
-- Retention  telltale_sweep says how (sweep.lua).
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

-- The figures that move with contacts. They have a hash of their own, which the technician cannot read.
local LEDGER = { sightings_sent = true, sightings_received = true, contacts_made = true, contacts_acknowledged = true,
  contacts_spooled = true, contacts_in_flight = true, contacts_queued = true, contacts_refused = true, contacts_recovered = true,
  contacts_lost = true, batches_sent = true, names_seen = true, names_along = true, spool_bytes = true, spool_syncs = true }
local MOST_CONTACTS, MOST_FIGURES, MOST_DAYS, MOST_MOMENTS = 512, 128, 2, 64

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
  local name = take(batch, 'figure', 32, '^[a-z][a-z0-9_]*$')
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
