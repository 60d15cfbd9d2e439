//go:build w3

package main

import (
	"encoding/binary"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

const (
	tokensPerSecond uint64 = 1_000_000
	burst           uint64 = 1_000_000_000
	attempts               = 10
)

func (*filter) OnHttpRequestHeaders(int, bool) types.Action {
	user, _ := proxywasm.GetHttpRequestHeader("x-user")
	key := "rl:" + user
	now := uint64(time.Now().UnixNano())
	for range attempts {
		value, version, err := proxywasm.GetSharedData(key)
		filled, tokens := now, burst
		if err == nil && len(value) == 16 {
			filled, tokens = binary.LittleEndian.Uint64(value), binary.LittleEndian.Uint64(value[8:])
		}
		if now > filled {
			if more := (now - filled) / 1000 * tokensPerSecond / 1_000_000; more > 0 {
				filled, tokens = now, min(burst, tokens+more)
			}
		}
		if tokens == 0 {
			headers := [][2]string{{"content-type", "application/json"}}
			proxywasm.SendHttpResponse(429, headers, []byte(`{"error":"limited"}`), -1)
			return types.ActionPause
		}
		var bucket [16]byte
		binary.LittleEndian.PutUint64(bucket[:], filled)
		binary.LittleEndian.PutUint64(bucket[8:], tokens-1)
		if proxywasm.SetSharedData(key, bucket[:], version) == nil {
			break
		}
	}
	return types.ActionContinue
}
