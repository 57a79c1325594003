-- wrk writes batches of 1,000 new events. TOKEN says who asks. Prints "batches seconds p50 p99 failed", milliseconds.
local thread, sent = 0, 0

function setup(one)
  thread = thread + 1
  one:set("thread", thread)
end

function init()
  wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  local events = {}
  for i = 1, 1000 do
    sent = sent + 1
    events[i] = string.format('{"event_id":"e%d-%d","user_id":"u%d","track_id":"i%d","type":"listen","timestamp":%d,"ms_played":181000}',
      thread, sent, sent * 7919 % 40000, sent * 104729 % 100000, 1750000000 + sent)
  end
  return wrk.format("POST", "/ml-analytics/events", nil, '{"events":[' .. table.concat(events, ",") .. "]}")
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("%d %.3f %.3f %.3f %d\n", summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
