import { redisScript } from '../redis-script.ts';

/**
 * Writes on a stream to re-attach to, and says that its writer lives. What was written before is not written twice.
 *
 * Keys: a hash of its facts, a stream of batches. Arguments: the facts, how long it stays without a further word and for how long
 * the writer may be silent, in milliseconds; then for each batch its entry (the number after that of its last event) and its text.
 */
export const streamWriteScript = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('HSET', KEYS[1], 'facts', ARGV[1], 'alive', string.format('%.0f', now + tonumber(ARGV[3])))
for index = 4, #ARGV, 2 do
  local answer = redis.pcall('XADD', KEYS[2], ARGV[index] .. '-0', 'batch', ARGV[index + 1])
  if type(answer) == 'table' and answer.err and not string.find(answer.err, 'equal or smaller', 1, true) then
    return answer
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
`);

/**
 * Reads what comes after an entry.
 *
 * Keys: as above. Arguments: the entry, at most so many. Answers nothing where there is no such stream; else the facts, 1 where the
 * writer lives, then batches.
 */
export const streamReadScript = redisScript(`
local known = redis.call('HMGET', KEYS[1], 'facts', 'alive')
if not known[1] then return {} end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local answer = { known[1], tonumber(known[2]) > now and '1' or '0' }
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])) do
  answer[#answer + 1] = entry[2][2]
end
return answer
`);
