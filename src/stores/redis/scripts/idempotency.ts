import { redisScript } from '../redis-script.ts';

/**
 * Claims an idempotency key, renews a claim, notes its end or forgets it: `idempotency-store.ts`, by the clock of Redis.
 *
 * Keys: a hash with input, id, logged, lease and attended (milliseconds), status (empty while it runs), cost. Arguments: CLAIM,
 * RENEW, END or RELEASE; the input; the completion; then of the first two 1 where it is logged, what it waits for, and the
 * lease, the attendance and the keeping in milliseconds; of END another completion, the status and the cost.
 */
export const idempotencyScript = redisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local key, mode, input, id = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local known = redis.call('HMGET', key, 'input', 'id', 'logged', 'lease', 'attended', 'status', 'cost')
local isKnown = known[1] ~= false

local function text(number)
  return string.format('%.0f', number)
end

local function take()
  local logged, lease, kept = ARGV[4], tonumber(ARGV[6]), tonumber(ARGV[8])
  redis.call('DEL', key)
  redis.call('HSET', key, 'input', input, 'id', id, 'logged', logged, 'lease', text(now + lease), 'attended', '0', 'status', '', 'cost', '0')
  redis.call('PEXPIRE', key, text(kept))
end

if mode == 'CLAIM' then
  if not isKnown then
    take()
    return { 'claimed' }
  end
  if known[1] ~= input then return { 'mismatch' } end
  local waitsFor = ARGV[5]
  if known[6] == 'FINISHED' or (known[6] ~= '' and known[2] == waitsFor) then
    return { 'ended', known[2], known[6], known[7] }
  end
  if known[6] == '' and known[2] ~= id and tonumber(known[4]) > now then
    redis.call('HSET', key, 'attended', text(now + tonumber(ARGV[7])))
    return { 'running', known[2], known[3] }
  end
  take()
  if known[6] == '' and known[2] ~= id then return { 'claimed', known[2] } end
  return { 'claimed' }
end

if mode == 'RENEW' then
  if not isKnown then take() end
  if isKnown and known[2] ~= id then return { '0', '0' } end
  if isKnown and known[6] == '' then redis.call('HSET', key, 'lease', text(now + tonumber(ARGV[6]))) end
  return { '1', (isKnown and tonumber(known[5]) > now) and '1' or '0' }
end

if isKnown and known[2] == id then
  if mode == 'RELEASE' and known[6] == '' then
    redis.call('DEL', key)
  elseif mode == 'END' then
    redis.call('HSET', key, 'id', ARGV[4], 'status', ARGV[5], 'cost', ARGV[6], 'lease', '0')
  end
end
return {}
`);
