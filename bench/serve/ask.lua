-- wrk asks for listeners in turn: -- PATH FIRST COUNT, where %d in the path is a listener's number. TOKEN says who asks.
-- Prints "requests seconds p50 p99 failed", milliseconds.
local ready, at = {}, 0

function init(arguments)
  if os.getenv("TOKEN") then wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN") end
  local path, first, count = arguments[1], tonumber(arguments[2]), tonumber(arguments[3])
  for i = 0, count - 1 do
    ready[i + 1] = wrk.format("GET", (path:gsub("%%d", tostring(first + i))))
  end
end

function request()
  at = at % #ready + 1
  return ready[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("%d %.3f %.3f %.3f %d\n", summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
