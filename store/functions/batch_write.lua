-- batch_write.lua -- last part of telltale_apply. Nothing that writes here can be refused any more: the commands are those of every batch, which the
-- publisher's user may call.

local ALERTS_KEPT = 100000 -- STORE_ALERTS_KEPT

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

redis.register_function{ function_name = 'telltale_apply', callback = apply, description = 'version 18' }
