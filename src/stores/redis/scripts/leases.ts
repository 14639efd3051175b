import { redisScript } from '../redis-script.ts';

const nowLua = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`;

/** Prolongs what is still held. Keys: leases. Arguments: lease in milliseconds, ids. */
export const renewScript = redisScript(`${nowLua}
local endsAt = string.format('%.0f', now + tonumber(ARGV[1]))
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', endsAt, ARGV[index]) end
`);

/**
 * Finds reservations whose lease is over. Keys: leases. Arguments: prefix, at most so many. Answers how many are held, then
 * ids, each with its record.
 */
export const expiredScript = redisScript(`${nowLua}
local found = { redis.call('ZCARD', KEYS[1]) }
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[2])) do
  local record = redis.call('GET', ARGV[1] .. 'r:' .. id) or redis.call('GET', ARGV[1] .. 'f:' .. id)
  if record then
    found[#found + 1] = id
    found[#found + 1] = record
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found
`);

/** Lets go of the facts of what is settled. Keys: leases. Arguments: prefix, ids. */
export const letGoScript = redisScript(`
for index = 2, #ARGV do
  local id = ARGV[index]
  if redis.call('DEL', ARGV[1] .. 'f:' .. id) == 1 then redis.call('ZREM', KEYS[1], id) end
end
`);

/** Notes that something is reserved in a slot. Keys: slots. Arguments: the slot. */
export const registerScript = redisScript(`${nowLua}
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
`);

/** Forgets a slot in which nothing is held, unless it was registered lately. Keys: slots. Arguments: the slot, lately in milliseconds. */
export const retireScript = redisScript(`${nowLua}
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at and tonumber(at) < now - tonumber(ARGV[2]) then redis.call('ZREM', KEYS[1], ARGV[1]) end
`);
