-- What wrk sends, told by the environment (crm_sides.py sets it):
--   BENCH_TARGETS  a file of targets, one a line; each request takes one at random
--   BENCH_METHOD   GET when absent
--   BENCH_BODY     the body; @N@ in it becomes a number that no other request of the run has, @P@ a phone number
--   BENCH_FIRST    the first of those numbers
--   BENCH_WORDS    a file of words, one a line; @W@ in the body becomes one of them
--   BENCH_TOKEN    sent as a bearer token
local targets = {}
for line in io.lines(os.getenv("BENCH_TARGETS")) do targets[#targets + 1] = line end
local words = {}
if os.getenv("BENCH_WORDS") then
  for line in io.lines(os.getenv("BENCH_WORDS")) do words[#words + 1] = line end
end
local body = os.getenv("BENCH_BODY")
local number = tonumber(os.getenv("BENCH_FIRST") or "0")
local threads = 0

wrk.method = os.getenv("BENCH_METHOD") or "GET"
if os.getenv("BENCH_TOKEN") then wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN") end
if body then wrk.headers["Content-Type"] = "application/json" end

function setup(thread)
  thread:set("thread_index", threads)
  threads = threads + 1
end

function init(args)
  math.randomseed(7 + thread_index)
  number = number + thread_index * 100000000
end

function request()
  number = number + 1
  local target = targets[math.random(#targets)]
  if not body then return wrk.format(nil, target) end
  local filled = string.gsub(body, "@N@", tostring(number))
  filled = string.gsub(filled, "@P@", string.format("%d %03d %04d", math.random(200, 999), math.random(0, 999), math.random(0, 9999)))
  if #words > 0 then filled = string.gsub(filled, "@W@", words[math.random(#words)]) end
  return wrk.format(nil, target, nil, filled)
end

-- One line that crm_sides.py reads: requests a second, latencies in microseconds, answers other than 2xx.
function done(summary, latency, requests)
  io.write(string.format("RESULT %.1f %d %d %d %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50),
    latency:percentile(99), summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write +
    summary.errors.timeout))
end
