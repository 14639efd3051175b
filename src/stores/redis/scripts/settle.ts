import { redisScript } from '../redis-script.ts';
import { levelsLua } from './levels.ts';

/** Spends a cost at levels `{ { key, end of window or null }, … }` and releases what was held there. */
const spendLua = `
local function spend(prefix, levels, limits, costD, costN, heldD, heldN)
  local crossed = {}
  for _, each in ipairs(levels) do
    local level = readLevel(prefix, each[1])
    if not level.x and each[2] and each[2] ~= cjson.null then seeWindow(level, text(each[2])) end
    if heldD then addReserved(level, -heldD, -heldN) end
    addSpent(level, costD, costN)
    local limit = limits[each[1]]
    local limitD, limitN = limit and limit[1] or level.ld, limit and limit[2] or level.ln
    if limitD then tellReached(level, limitD, limitN, crossed) end
    save(level)
  end
  return crossed
end
`;

/**
 * Settles a reservation once.
 *
 * Keys: slot, leases, record, settled. Arguments: prefix, id, its field among the settled, cost (dollars, nanos), how long to
 * remember it in milliseconds (0: it is only given back, where it is held), the generation to join or '', for how long to keep
 * its facts in milliseconds or '', the record to keep of one that is unknown or '', what is booked for it already (dollars,
 * nanos) or '' and ''; then for each level: key, limit (dollars, nanos), end of its window or ''.
 *
 * Answers crossings, those of the first time where it is repeated; or COLD, where something is booked and the slot is not open. Instead of the record it keeps whether it was held, and
 * what was crossed.
 */
export const settleScript = redisScript(`${levelsLua}${spendLua}
local slotKey, leasesKey, recordKey, settledKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix, id, field, costD, costN = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local keptMs, joining, factsMs = tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local record, bookedD, bookedN = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local FIRST = 12
if joining ~= '' and call('HGET', slotKey, 'g') ~= joining then return {} end

local known = recordOf(recordKey, settledKey, field)
local state = known and string.sub(known, 1, 1)
if state == 's' then
  local line = string.sub(known, 4)
  return line == '' and {} or cjson.decode(line)
end

if keptMs == 0 then
  if state == 'h' then
    local header = headerOf(known)
    for _, each in ipairs(header.l) do
      local level = readLevel(prefix, each[1])
      addReserved(level, -header.d, -header.n)
      save(level)
    end
    call('ZREM', leasesKey, id)
    call('DEL', recordKey)
  end
  return {}
end

local limits, given = {}, {}
for index = FIRST, #ARGV, 5 do
  limits[ARGV[index]] = { tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2]) }
  given[#given + 1] = { ARGV[index], tonumber(ARGV[index + 3]) }
end

-- What a cold slot does not know comes with a node that joins, or is in what the ledger has booked: not both.
if not known and joining == '' and #given > 0 and call('HGET', slotKey, 'o') ~= '1' then
  return bookedD and { 'COLD' } or {}
end

local wasHeld, crossed = '0', nil
if state == 'h' then
  local header = headerOf(known)
  crossed = spend(prefix, header.l, limits, costD, costN, header.d, header.n)
  if factsMs then
    header.d, header.n = costD, costN
    call('SET', prefix .. 'f:' .. id, 'h' .. cjson.encode(header) .. string.sub(known, string.find(known, '\\n', 1, true), -1))
    call('ZADD', leasesKey, text(nowMs() + factsMs), id)
  else
    call('ZREM', leasesKey, id)
  end
  wasHeld = '1'
elseif state == 'a' then
  local header = headerOf(known:sub(2))
  crossed = spend(prefix, header.l, limits, costD - header.d, costN - header.n)
  wasHeld = string.sub(known, 2, 2)
else
  for _, each in ipairs(given) do
    local level = readLevel(prefix, each[1])
    seeLimit(level, limits[each[1]][1], limits[each[1]][2])
    save(level)
  end
  crossed = spend(prefix, given, limits, costD - (bookedD or 0), costN - (bookedN or 0))
  if factsMs and record ~= '' then
    call('SET', prefix .. 'f:' .. id, record)
    call('ZADD', leasesKey, text(nowMs() + factsMs), id)
  end
end
local line = #crossed == 0 and '' or '\\n' .. cjson.encode(crossed)
if known then call('DEL', recordKey) end
call('HSET', settledKey, field, wasHeld .. line)
if call('PTTL', settledKey) < keptMs then call('PEXPIRE', settledKey, keptMs) end
return crossed
`);

/**
 * Settles a reservation whose lease is over, so that a later settlement corrects it.
 *
 * Keys: slot, leases, record, settled. Arguments: prefix, id, its field among the settled, cost (dollars, nanos), how long to
 * remember it in milliseconds; then the keys of the levels, for where the id is unknown. Answers crossings. The record becomes
 * 'a', whether it was held, and cost and levels.
 */
export const assumeScript = redisScript(`${levelsLua}${spendLua}
local slotKey, leasesKey, recordKey, settledKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix, id, field, costD, costN, keptMs = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local known = recordOf(recordKey, settledKey, field)
local crossed, levels, wasHeld = nil, {}, '0'
if known then
  local lease = call('ZSCORE', leasesKey, id)
  if lease and tonumber(lease) > nowMs() then return {} end
  if string.sub(known, 1, 1) ~= 'h' then
    call('DEL', prefix .. 'f:' .. id)
    call('ZREM', leasesKey, id)
    return {}
  end
  local header = headerOf(known)
  levels, wasHeld = header.l, '1'
  crossed = spend(prefix, levels, {}, costD, costN, header.d, header.n)
  call('ZREM', leasesKey, id)
else
  if ARGV[7] and call('HGET', slotKey, 'o') ~= '1' then return {} end
  for index = 7, #ARGV do levels[#levels + 1] = { ARGV[index] } end
  crossed = spend(prefix, levels, {}, costD, costN)
end
local kept = { d = costD, n = costN, l = levels }
call('SET', recordKey, 'a' .. wasHeld .. cjson.encode(kept) .. '\\n', 'PX', keptMs)
return crossed
`);
