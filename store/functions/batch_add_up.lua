-- batch_add_up.lua -- second part of telltale_apply: what is there is read, and what it will be is added up. Nothing is written yet.

-- The figures that a day adds up (STORE_COVERAGE_FIELDS): all are counters of one run of the capture process.
local COVERAGE = { 'captured', 'kernel_dropped', 'ring_full', 'undecodable_truncated', 'undecodable_malformed', 'flows', 'named', 'blind_ech',
  'blind_doh', 'blind_dot', 'blind_doq', 'blind_relay', 'blind_vpn', 'blind_no_name', 'blind_incomplete', 'sightings_dropped', 'gaps',
  'gap_seconds' }
local COVERAGE_LEDGER = { 'names_seen', 'names_along' } -- the same, kept in the ledger

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

-- One alert for each site, tracker and day: a field of the period remembers it.
local function told_field(r)
  return 'told:' .. r.site .. ':' .. r.tracker
end

local function is_to_be_told(batch)
  local r = batch.site
  return r ~= nil and r.verdict ~= '' and not redis.call('HMGET', batch.site_key, told_field(r))[1]
end
