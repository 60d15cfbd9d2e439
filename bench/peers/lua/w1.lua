function envoy_on_request(handle)
  local headers = handle:headers()
  headers:replace("x-route", headers:get("x-tier") == "gold" and "gold" or "std")
end

function envoy_on_response(handle)
  handle:headers():replace("x-policy", "ok")
end
