import { redisScript } from '../redis-script.ts';

/**
 * Adds a batch to a stream and reads what came after an entry, in one round trip.
 *
 * Keys: stream. Arguments: the batch or '', the last entry read or '-', how long entries are kept in milliseconds, at most so
 * many. Answers now in milliseconds; then entries: id, batch.
 */
export const exchangeScript = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local batch, last, keptMs, most = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
if batch ~= '' then
  redis.call('XADD', KEYS[1], 'MINID', string.format('%.0f', now - keptMs), '*', 'batch', batch)
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', keptMs))
end
local answer = { string.format('%.0f', now) }
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], last == '-' and '-' or '(' .. last, '+', 'COUNT', most)) do
  answer[#answer + 1] = entry[1]
  answer[#answer + 1] = entry[2][2]
end
return answer
`);
