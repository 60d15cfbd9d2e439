// The workload that the build tag names, on the Go SDK: a context for each stream, as the SDK wants it.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetHttpContext(func(uint32) types.HttpContext { return &filter{} })
}

// With the tag w0 it has the SDK's own callbacks, which do nothing.
type filter struct{ types.DefaultHttpContext }
