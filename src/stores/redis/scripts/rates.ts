import { redisScript } from '../redis-script.ts';

/**
 * Takes from all levels or from none, or corrects them without a check: the arithmetic of `gcra.ts`, in Redis, by its clock.
 *
 * Keys: levels, each a string `micros rest limit`. Arguments: TAKE, PEEK or CORRECT; then for each level: what it costs
 * (micros, rest; negative micros: more than the limit), -1 to give back or 1, the limit, the window in microseconds.
 *
 * Answers now in microseconds; then for each level: micros and rest used up to, and how long it has to wait (0: not, -1: for ever).
 */
export const ratesScript = redisScript(`
local LONGEST = 1000000000000000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local mode = ARGV[1]

local function text(number)
  return string.format('%.0f', number + 0)
end

local function usedAsOf(known, limit)
  if not known then return now, 0 end
  local micros, rest, ofLimit = string.match(known, '^(%d+) (%d+) (%d+)$')
  micros, rest, ofLimit = tonumber(micros), tonumber(rest), tonumber(ofLimit)
  if micros < now then return now, 0 end
  if ofLimit == limit then return micros, rest end
  if rest > 0 then return micros + 1, 0 end
  return micros, 0
end

local function plus(micros, rest, moreMicros, moreRest, limit)
  micros, rest = micros + moreMicros, rest + moreRest
  if rest >= limit then micros, rest = micros + 1, rest - limit end
  if micros - now >= LONGEST then return now + LONGEST, 0 end
  return micros, rest
end

local function minus(micros, rest, lessMicros, lessRest, limit)
  micros, rest = micros - lessMicros, rest - lessRest
  if rest < 0 then micros, rest = micros - 1, rest + limit end
  if micros < now then return now, 0 end
  return micros, rest
end

local levels, isRefused = {}, false
for index, key in ipairs(KEYS) do
  local at = 2 + (index - 1) * 5
  local costMicros, costRest, sign = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2]
  local limit, window = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local beforeMicros, beforeRest = usedAsOf(redis.call('GET', key), limit)
  local micros, rest, wait = beforeMicros, beforeRest, 0
  if costMicros < 0 then
    wait = -1
  elseif sign == '-1' then
    micros, rest = minus(micros, rest, costMicros, costRest, limit)
  elseif costMicros > 0 or costRest > 0 then
    micros, rest = plus(micros, rest, costMicros, costRest, limit)
    if mode ~= 'CORRECT' then wait = math.max(0, micros - now - window + (rest > 0 and 1 or 0)) end
  end
  if wait ~= 0 then isRefused = true end
  levels[index] = { key = key, micros = micros, rest = rest, limit = limit, wait = wait, before = { beforeMicros, beforeRest } }
end

local isWritten = mode == 'CORRECT' or (mode == 'TAKE' and not isRefused)
local answer = { now }
for _, level in ipairs(levels) do
  if isWritten then
    local value = text(level.micros) .. ' ' .. text(level.rest) .. ' ' .. text(level.limit)
    redis.call('SET', level.key, value, 'PX', text(math.floor((level.micros - now) / 1000) + 2))
  else
    level.micros, level.rest = level.before[1], level.before[2]
  end
  answer[#answer + 1] = level.micros
  answer[#answer + 1] = level.rest
  answer[#answer + 1] = level.wait
end
return answer
`);
