import { redisScript } from '../redis-script.ts';
import { levelsLua } from './levels.ts';

/**
 * Reads levels, and gives a slot without one a generation.
 *
 * Keys: slot. Arguments: prefix, a generation; then keys of levels. Answers whether the slot is open, its generation, and
 * spent and reserved of each level (dollars, nanos, dollars, nanos).
 */
export const readSlotScript = redisScript(`
redis.call('HSETNX', KEYS[1], 'g', ARGV[2])
local slot = redis.call('HMGET', KEYS[1], 'o', 'g')
local answer = { slot[1] == '1' and 1 or 0, slot[2] }
for index = 3, #ARGV do
  for _, number in ipairs(redis.call('HMGET', ARGV[1] .. 'b:' .. ARGV[index], 'sd', 'sn', 'rd', 'rn')) do
    answer[#answer + 1] = number or '0'
  end
end
return answer
`);

/** Notes that a node has joined. Keys: slot, joined. Arguments: generation, node, how long to remember it in milliseconds. */
export const joinedScript = redisScript(`
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return 0 end
redis.call('SADD', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
`);

/**
 * Adds what was booked to levels, each once in a generation, and opens the slot with the last of them.
 *
 * Keys: slot. Arguments: prefix, generation, 1 to open; then for each level: key, amount (dollars, nanos), end of its
 * window or ''.
 */
export const openScript = redisScript(`${levelsLua}
local prefix, generation = ARGV[1], ARGV[2]
if call('HGET', KEYS[1], 'g') ~= generation or call('HGET', KEYS[1], 'o') == '1' then return 0 end
for index = 4, #ARGV, 4 do
  local level = readLevel(prefix, ARGV[index])
  if call('HGET', level.name, 'b') ~= generation then
    addSpent(level, tonumber(ARGV[index + 1]), tonumber(ARGV[index + 2]))
    seeWindow(level, ARGV[index + 3])
    save(level)
    call('HSET', level.name, 'b', generation)
  end
end
if ARGV[3] == '1' then call('HSET', KEYS[1], 'o', '1') end
return 1
`);
