// The plugin: its configuration, its timer and its queue. What becomes of requests is in stream.go.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &plugin{} })
}

type plugin struct {
	types.DefaultPluginContext
	greeting string
	queue    uint32
	// Lives in linear memory: a fresh VM begins anew.
	requests  int
	counter   proxywasm.MetricCounter
	gauge     proxywasm.MetricGauge
	histogram proxywasm.MetricHistogram
}

func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	greeting, err := proxywasm.GetPluginConfiguration()
	if err != nil || len(greeting) != size || size == 0 {
		return types.OnPluginStartStatusFailed
	}
	p.greeting = string(greeting)
	p.queue = must(proxywasm.RegisterSharedQueue("foreign"))
	p.counter = proxywasm.DefineCounterMetric("foreign_requests")
	p.gauge = proxywasm.DefineGaugeMetric("foreign_level")
	p.histogram = proxywasm.DefineHistogramMetric("foreign_sizes")
	check(proxywasm.SetTickPeriodMilliSeconds(20))
	proxywasm.LogInfo("foreign: configured")
	return types.OnPluginStartStatusOK
}

func (p *plugin) OnTick() {
	check(proxywasm.SetSharedData("ticked", []byte("yes"), 0))
}

func (p *plugin) OnQueueReady(queue uint32) {
	for {
		item, err := proxywasm.DequeueSharedQueue(queue)
		if err != nil {
			return
		}
		check(proxywasm.SetSharedData("queued", item, 0))
	}
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	return &stream{plugin: p}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
