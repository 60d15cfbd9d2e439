-- Before this text are put: LIMIT tokens a WINDOW of milliseconds, than which Envoy tells Lua no less, and BURST, the most a bucket holds.
local buckets = {}

function envoy_on_request(handle)
  local user = handle:headers():get("x-user") or ""
  local now = tonumber(handle:timestamp(EnvoyTimestampResolution.MILLISECOND))
  local bucket = buckets[user]
  if bucket == nil then
    bucket = {now, BURST}
    buckets[user] = bucket
  end
  local more = (now - bucket[1]) * LIMIT / WINDOW
  if more > 0 then
    bucket[2] = math.min(BURST, bucket[2] + more)
    bucket[1] = now
  end
  if bucket[2] < 1 then
    handle:respond({[":status"] = "429", ["content-type"] = "application/json"}, '{"error":"limited"}')
    return
  end
  bucket[2] = bucket[2] - 1
end
