/**
 * What the scripts of money share.
 *
 * An amount is two integers, dollars and nanos below 10^9, since a Lua number is a double: exact up to 2^53 only, which
 * nano-dollars pass at nine million dollars. `%.0f` writes all digits; `tostring` stops at 14.
 *
 * A level is a hash: sd sn (spent), rd rn (reserved), ld ln (the last limit), x (when its window ends), 80d 80n 100d 100n
 * (the limits that thresholds were told for), b (the generation that what was booked was added in).
 *
 * What is held or assumed has a record of its own. What is settled is a field in a hash with others whose ids begin the same:
 * those of about a minute, since ids begin with their instant. So it takes 40 to 90 bytes, not the 220 of a key of its own.
 */
export const levelsLua = `
local GIGA = 1000000000
local call = redis.call
local KEPT_AFTER_WINDOW_MS = 691200000

local function text(number)
  return string.format('%.0f', number + 0)
end

local function nowMs()
  local time = call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Never below 0: a counter that went with its window may be asked for more than it holds.
local function plus(d, n, moreD, moreN)
  d, n = d + moreD, n + moreN
  if n >= GIGA then
    d, n = d + 1, n - GIGA
  elseif n < 0 then
    d, n = d - 1, n + GIGA
  end
  if d < 0 then return 0, 0 end
  return d, n
end

local function exceeds(d, n, otherD, otherN)
  return d > otherD or (d == otherD and n > otherN)
end

local function times(d, n, factor)
  n = n * factor
  local carried = math.floor(n / GIGA)
  return d * factor + carried, n - carried * GIGA
end

local function readLevel(prefix, key)
  local name = prefix .. 'b:' .. key
  local found = call('HMGET', name, 'sd', 'sn', 'rd', 'rn', 'ld', 'ln', 'x')
  return {
    key = key, name = name, writes = {}, size = 0,
    sd = tonumber(found[1] or 0), sn = tonumber(found[2] or 0),
    rd = tonumber(found[3] or 0), rn = tonumber(found[4] or 0),
    ld = found[5] and tonumber(found[5]), ln = found[6] and tonumber(found[6]),
    x = found[7],
  }
end

local function write(level, field, number)
  local writes, size = level.writes, level.size
  writes[size + 1] = field
  writes[size + 2] = text(number)
  level.size = size + 2
end

-- Notes what a request knows of the level: its limit, and when its window ends.
local function seeWindow(level, x)
  if x ~= '' and x ~= level.x then
    level.x = x
    level.expires = tonumber(x) + KEPT_AFTER_WINDOW_MS
    write(level, 'x', tonumber(x))
  end
end

local function seeLimit(level, d, n)
  if d ~= level.ld or n ~= level.ln then
    level.ld, level.ln = d, n
    write(level, 'ld', d)
    write(level, 'ln', n)
  end
end

local function addReserved(level, d, n)
  level.rd, level.rn = plus(level.rd, level.rn, d, n)
  write(level, 'rd', level.rd)
  write(level, 'rn', level.rn)
end

local function addSpent(level, d, n)
  level.sd, level.sn = plus(level.sd, level.sn, d, n)
  write(level, 'sd', level.sd)
  write(level, 'sn', level.sn)
end

local function save(level)
  if level.size == 0 then return end
  call('HSET', level.name, unpack(level.writes))
  if level.expires then call('PEXPIREAT', level.name, text(level.expires)) end
end

-- Once for a limit, and again only for a higher one.
local function tell(level, threshold, d, n, crossed)
  if level[threshold] then return end
  level[threshold] = true
  local told = call('HMGET', level.name, threshold .. 'd', threshold .. 'n')
  if told[1] and not exceeds(d, n, tonumber(told[1]), tonumber(told[2])) then return end
  write(level, threshold .. 'd', d)
  write(level, threshold .. 'n', n)
  crossed[#crossed + 1] = level.key
  crossed[#crossed + 1] = threshold
end

local function tellReached(level, d, n, crossed)
  if level.sd == 0 and level.sn == 0 then return end
  local spentD, spentN = times(level.sd, level.sn, 5)
  local limitD, limitN = times(d, n, 4)
  if not exceeds(limitD, limitN, spentD, spentN) then tell(level, '80', d, n, crossed) end
  if not exceeds(d, n, level.sd, level.sn) then tell(level, '100', d, n, crossed) end
end

-- What is known of a reservation: its record, or else, where it is settled, 's' and what is kept of that.
local function recordOf(recordKey, settledKey, field)
  local known = call('GET', recordKey)
  if known then return known end
  local settled = call('HGET', settledKey, field)
  return settled and 's' .. settled
end

local function headerOf(record)
  return cjson.decode(string.sub(record, 2, string.find(record, '\\n', 1, true) - 1))
end
`;
