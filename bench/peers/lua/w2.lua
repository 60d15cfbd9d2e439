-- The table P, the prefixes, is put before this text.
local N = #P
local sub = string.sub
local L = {}
for i = 1, N do L[i] = #P[i] end

function envoy_on_request(handle)
  local headers = handle:headers()
  local method = headers:get(":method")
  if method == "GET" or method == "POST" then
    local path = headers:get(":path")
    for i = 1, N do if sub(path, 1, L[i]) == P[i] then return end end
    if headers:get("x-role") == "admin" then return end
  end
  handle:respond({[":status"] = "403", ["content-type"] = "application/json"}, '{"error":"denied"}')
end
