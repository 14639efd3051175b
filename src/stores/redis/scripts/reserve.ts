import { redisScript } from '../redis-script.ts';
import { levelsLua } from './levels.ts';

/**
 * Holds an amount at all levels of one slot, or at none.
 *
 * Keys: slot, leases, record, settled. Arguments: prefix, id, its field among the settled, lease in milliseconds, amount (dollars, nanos), record, a generation
 * for a slot without one, the generation to join or '' to be checked; then for each level: key, limit (dollars, nanos),
 * end of its window or '', '1' where it refuses nothing.
 *
 * Answers COLD; STALE (the generation to join is over); HELD or KNOWN with crossings; SETTLED; or REFUSED with key,
 * what is left (dollars, nanos) and crossings.
 */
export const reserveScript = redisScript(`${levelsLua}
local slotKey, leasesKey, recordKey, settledKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix, id, field, leaseMs = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local amountD, amountN, record, fresh, joining = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[8], ARGV[9]
local FIRST = 10
local isChecked = joining == ''

if not isChecked then
  if call('HGET', slotKey, 'g') ~= joining then return { 'STALE' } end
elseif ARGV[FIRST] and call('HGET', slotKey, 'o') ~= '1' then
  call('HSETNX', slotKey, 'g', fresh)
  return { 'COLD' }
end

local known = recordOf(recordKey, settledKey, field)
if known then
  if string.sub(known, 1, 1) == 'h' or string.sub(known, 2, 2) == '1' then return { 'KNOWN' } end
  return { 'SETTLED' }
end

local levels, crossed, refused = {}, {}, nil
for index = FIRST, #ARGV, 5 do
  local level = readLevel(prefix, ARGV[index])
  local limitD, limitN = tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2])
  seeLimit(level, limitD, limitN)
  seeWindow(level, ARGV[index + 3])
  levels[#levels + 1] = level
  if isChecked then
    tellReached(level, limitD, limitN, crossed)
    if not refused and ARGV[index + 4] ~= '1' then
      local usedD, usedN = plus(level.sd, level.sn, level.rd, level.rn)
      local wantedD, wantedN = plus(usedD, usedN, amountD, amountN)
      if exceeds(wantedD, wantedN, limitD, limitN) then
        local leftD, leftN = plus(limitD, limitN, -usedD, -usedN)
        refused = { level = level, d = leftD, n = leftN }
      end
    end
  end
end

if refused then
  local level = refused.level
  if not exceeds(amountD, amountN, level.ld, level.ln) then tell(level, '100', level.ld, level.ln, crossed) end
  for _, each in ipairs(levels) do save(each) end
  return { 'REFUSED', level.key, text(refused.d), text(refused.n), crossed }
end

for _, level in ipairs(levels) do
  addReserved(level, amountD, amountN)
  save(level)
end
call('SET', recordKey, record)
call('ZADD', leasesKey, text(nowMs() + leaseMs), id)
return { 'HELD', crossed }
`);
