// Each is one step in Redis: a replaced producer cannot write between the check of its claim and its event. KEYS: the
// log, the run. A run is a hash: `to`, `begin`, `lease` (until when, by the clock of Redis), `ttl`, `number` and `ids`
// of the last events, `stopping`, and in the end `end` and `endAt`.

const common = `local log, run = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function close(to, ttl, how)
  local id = redis.call('XADD', log, '*', 'to', to, 'data', how, 'type', 'steadfeed.end')
  redis.call('HSET', run, 'end', how, 'endAt', id)
  redis.call('PEXPIRE', run, ttl)
end
local function hold(lease, ttl)
  redis.call('HSET', run, 'lease', now + lease)
  redis.call('PEXPIRE', run, lease + ttl)
end
-- A producer that was not heard of for too long has lost its run.
local function lapse()
  local kept = redis.call('HMGET', run, 'to', 'end', 'lease', 'stopping', 'ttl')
  if not kept[1] or kept[2] or tonumber(kept[3]) >= now then return end
  close(kept[1], kept[5], kept[4] and [[{"reason":"stopped"}]] or [[{"reason":"lost"}]])
end
`;

/**
 * ARGV: 1 to begin a new run after an ended one, the new address, lease, ttl. → 1 if it began (now or before), and the
 * record.
 */
export const beginScript: string = `${common}lapse()
local kept = redis.call('HMGET', run, 'to', 'begin', 'end', 'endAt')
if kept[1] == ARGV[2] then return {1, kept[1], kept[2]} end
if kept[1] and (ARGV[1] == '0' or not kept[3]) then return {0, unpack(kept)} end
local begin = redis.call('XADD', log, '*', 'kind', 'run')
redis.call('DEL', run)
redis.call('HSET', run, 'to', ARGV[2], 'begin', begin, 'ttl', ARGV[4], 'number', 0)
hold(ARGV[3], ARGV[4])
return {1, ARGV[2], begin}`;

/** → the record. */
export const findScript: string = `${common}lapse()
return redis.call('HMGET', run, 'to', 'begin', 'end', 'endAt')`;

/**
 * ARGV: the address, the number of this step, lease, ttl, the number of words that trim the log, these words, and for
 * each event the number of words, and these. → ids.
 */
export const appendScript: string = `${common}local kept = redis.call('HMGET', run, 'to', 'end', 'number', 'ids')
if kept[1] ~= ARGV[1] or kept[2] then return false end
if tonumber(ARGV[2]) <= tonumber(kept[3]) then return kept[4] end
local trim, ids, at = tonumber(ARGV[5]), {}, 6 + ARGV[5]
while at <= #ARGV do
  local words = {log}
  for i = 6, 5 + trim do words[#words + 1] = ARGV[i] end
  words[#words + 1] = '*'
  for i = at + 1, at + ARGV[at] do words[#words + 1] = ARGV[i] end
  ids[#ids + 1] = redis.call('XADD', unpack(words))
  at = at + 1 + ARGV[at]
end
local all = table.concat(ids, ' ')
redis.call('HSET', run, 'number', ARGV[2], 'ids', all)
hold(ARGV[3], ARGV[4])
return all`;

/** ARGV: the address, lease, ttl. → 0: no longer the caller's, 1: active, 2: to be stopped. */
export const renewScript: string = `${common}local kept = redis.call('HMGET', run, 'to', 'end', 'stopping')
if kept[1] ~= ARGV[1] or kept[2] then return 0 end
hold(ARGV[2], ARGV[3])
return kept[3] and 2 or 1`;

/** ARGV: the address, ttl, how. → how it ended, and where, also if it had ended before. */
export const endScript: string = `${common}local kept = redis.call('HMGET', run, 'to', 'end')
if kept[1] ~= ARGV[1] then return false end
if not kept[2] then close(ARGV[1], ARGV[2], ARGV[3]) end
return redis.call('HMGET', run, 'end', 'endAt')`;

/** → -1: unknown, 0: it has ended, 1: it will be stopped. */
export const stopScript: string = `${common}lapse()
local kept = redis.call('HMGET', run, 'to', 'end')
if not kept[1] then return -1 end
if kept[2] then return 0 end
redis.call('HSET', run, 'stopping', 1)
return 1`;
