//go:build w1

package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func (*filter) OnHttpRequestHeaders(int, bool) types.Action {
	tier, _ := proxywasm.GetHttpRequestHeader("x-tier")
	route := "std"
	if tier == "gold" {
		route = "gold"
	}
	proxywasm.ReplaceHttpRequestHeader("x-route", route)
	return types.ActionContinue
}

func (*filter) OnHttpResponseHeaders(int, bool) types.Action {
	proxywasm.AddHttpResponseHeader("x-policy", "ok")
	return types.ActionContinue
}
