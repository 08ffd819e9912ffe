#!lua name=telltale
--
-- shared.lua -- what more than one function of the library telltale needs: how long a key may live, numbers, hours, deadlines.
--
-- The parts    The build puts the files of this folder one behind the other, in the order of store/CMakeLists.txt, and the library is that one text
--              (build/<preset>/generated/store/telltale.lua): a local of one part is known in all that follow. This one begins it;
--              batch_take, batch_add_up and batch_write are telltale_apply; sweep, audit, kept, gaps, labels and settings have a function or two each.
-- An error     that Redis reports as user_function:123 is line 123 of the joined text. Each part begins with its own name.
-- A library    has no string functions while it is being loaded: only inside its functions.

local HOUR_MS, HOUR_S = 3600 * 1000, 3600
local DAY_S = 24 * HOUR_S
local TTL_S = { alerts = 30 * DAY_S, day = 400 * DAY_S, devices = 30 * DAY_S, health = HOUR_S, ledger = HOUR_S,
  mark = 30 * DAY_S, audit = 400 * DAY_S, site = 400 * DAY_S, test = 400 * DAY_S, coverage = 400 * DAY_S, proof = 400 * DAY_S,
  request = HOUR_S, settings = 30 * DAY_S, labels = 2 * DAY_S }
local DEVICE_ALERT_S = 2 * DAY_S -- STORE_DEVICE_ALERT_S
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

local function in_the_way(what)
  return redis.error_reply('WRONGTYPE ' .. what)
end

local function is_stream(key)
  local found = redis.call('TYPE', key).ok
  return found == 'none' or found == 'stream', found
end

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
