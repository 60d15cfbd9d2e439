// One request and its response: the path says what is tried. ../README.md lists it.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

type stream struct {
	types.DefaultHttpContext
	plugin *plugin
	path   string
}

// note tells the upstream something.
func note(name, value string) {
	check(proxywasm.ReplaceHttpRequestHeader(name, value))
}

func header(name string) string {
	value, err := proxywasm.GetHttpRequestHeader(name)
	if err != nil {
		return "none"
	}
	return value
}

func property(path ...string) string {
	value, err := proxywasm.GetProperty(path)
	if err != nil {
		return "none"
	}
	return string(value)
}

func headers() {
	var cases []string
	for _, pair := range must(proxywasm.GetHttpRequestHeaders()) {
		if strings.HasPrefix(pair[0], "x-case-") {
			cases = append(cases, pair[0]+"="+pair[1])
		}
	}
	first, empty, absent := header("x-case-twice"), header("x-case-empty"), header("x-case-absent")
	if empty == "" {
		empty = "empty"
	}
	note("x-all", strings.Join(cases, ","))
	note("x-first", first)
	note("x-empty", empty)
	note("x-absent", absent)
	check(proxywasm.AddHttpRequestHeader("x-added", "one"))
	check(proxywasm.AddHttpRequestHeader("x-added", "two"))
	note("x-case-replaced", "new")
	check(proxywasm.RemoveHttpRequestHeader("x-case-removed"))
}

func allHeaders() {
	var kept [][2]string
	for _, pair := range must(proxywasm.GetHttpRequestHeaders()) {
		if !strings.HasPrefix(pair[0], "x-case-") {
			kept = append(kept, pair)
		}
	}
	check(proxywasm.ReplaceHttpRequestHeaders(append(kept, [2]string{"x-set", "all"})))
}

func properties() {
	note("x-path", property("request", "url_path"))
	note("x-query", property("request", "query"))
	note("x-plugin", property("plugin_name"))
	note("x-peer", strings.Split(property("source", "address"), ":")[0])
	note("x-size", property("request", "headers", "x-case-size"))
	port := must(proxywasm.GetProperty([]string{"destination", "port"}))
	note("x-port", strconv.FormatUint(binary.LittleEndian.Uint64(port), 10))
	note("x-mtls", fmt.Sprint(must(proxywasm.GetProperty([]string{"connection", "mtls"}))))
	note("x-none", property("no", "such"))
	check(proxywasm.SetProperty([]string{"foreign_note"}, []byte("written")))
	note("x-written", property("foreign_note"))
}

func sharedData() {
	for {
		value, cas, err := proxywasm.GetSharedData("count")
		before := 0
		if err == nil {
			before = must(strconv.Atoi(string(value)))
		}
		now := strconv.Itoa(before + 1)
		if err = proxywasm.SetSharedData("count", []byte(now), cas); err == nil {
			note("x-count", now)
			break
		} else if !errors.Is(err, types.ErrorStatusCasMismatch) {
			panic(err)
		}
	}
	check(proxywasm.SetSharedData("stale", []byte("a"), 0))
	_, cas, err := proxywasm.GetSharedData("stale")
	check(err)
	check(proxywasm.SetSharedData("stale", []byte("b"), 0))
	if errors.Is(proxywasm.SetSharedData("stale", []byte("c"), cas), types.ErrorStatusCasMismatch) {
		note("x-stale", "refused")
	} else {
		note("x-stale", "written")
	}
}

func (s *stream) metrics() {
	s.plugin.counter.Increment(2)
	s.plugin.gauge.Add(5)
	s.plugin.gauge.Add(-2)
	s.plugin.histogram.Record(100)
	note("x-counter", strconv.FormatUint(s.plugin.counter.Value(), 10))
	note("x-gauge", strconv.FormatInt(s.plugin.gauge.Value(), 10))
}

func foreignFunctions() {
	text := []byte("over and over and over and over and over")
	small := must(proxywasm.CallForeignFunction("compress", text))
	back := must(proxywasm.CallForeignFunction("uncompress", small))
	if len(small) < len(text) && bytes.Equal(back, text) {
		note("x-round-trip", "same")
	} else {
		note("x-round-trip", "other")
	}
	if _, err := proxywasm.CallForeignFunction("no_such", nil); errors.Is(err, types.ErrorStatusNotFound) {
		note("x-unknown", "not found")
	} else {
		note("x-unknown", "other")
	}
}

func (s *stream) callOut(cluster string) types.Action {
	headers := [][2]string{
		{":method", "POST"}, {":path", s.path}, {":authority", "side.test"}, {"x-asked", "kindly"},
	}
	_, err := proxywasm.DispatchHttpCall(cluster, headers, []byte("question"), nil, 5000, s.answered)
	if err == nil {
		return types.ActionPause
	}
	if errors.Is(err, types.ErrorStatusBadArgument) {
		note("x-side-status", "refused")
	} else {
		note("x-side-status", "other")
	}
	return types.ActionContinue
}

func (s *stream) answered(_, bodySize, _ int) {
	status, side := "none", "none"
	for _, pair := range must(proxywasm.GetHttpCallResponseHeaders()) {
		switch pair[0] {
		case ":status":
			status = pair[1]
		case "x-side":
			side = pair[1]
		}
	}
	if status == "403" {
		local := [][2]string{{"x-local", "by callout"}}
		check(proxywasm.SendHttpResponse(403, local, []byte("the side said no"), -1))
		return
	}
	note("x-side-status", status)
	if s.path != "/unreachable" {
		body, err := proxywasm.GetHttpCallResponseBody(0, bodySize)
		if err != nil && bodySize > 0 {
			panic(err)
		}
		note("x-side-body", string(body))
		note("x-side", side)
	}
	check(proxywasm.ResumeHttpRequest())
}

func later() {
	for _, name := range []string{"queued", "ticked"} {
		value, _, err := proxywasm.GetSharedData(name)
		if err != nil {
			value = []byte("nothing")
		}
		note("x-"+name, string(value))
	}
}

func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	s.path = must(proxywasm.GetHttpRequestHeader(":path"))
	s.plugin.requests++
	switch path, _, _ := strings.Cut(s.path, "?"); path {
	case "/headers":
		headers()
	case "/all-headers":
		allHeaders()
	case "/properties":
		properties()
	case "/shared":
		sharedData()
	case "/metrics":
		s.metrics()
	case "/foreign":
		foreignFunctions()
	case "/clock":
		note("x-now", strconv.FormatInt(time.Now().UnixMilli(), 10))
	case "/log":
		proxywasm.LogDebug("foreign: level 1")
		proxywasm.LogInfof("foreign: level %d", 2)
		proxywasm.LogWarn("foreign: level 3")
		proxywasm.LogError("foreign: level 4")
	case "/local":
		headers := [][2]string{{"content-type", "text/plain"}, {"x-local", "yes"}}
		check(proxywasm.SendHttpResponse(418, headers, []byte("short and stout"), -1))
		return types.ActionPause
	case "/unreachable":
		return s.callOut("nobody")
	case "/unknown":
		return s.callOut("unheard-of")
	case "/request-body":
		check(proxywasm.RemoveHttpRequestHeader("content-length"))
	case "/enqueue":
		check(proxywasm.EnqueueSharedQueue(s.plugin.queue, []byte(path)))
	case "/later":
		later()
	case "/vm":
		note("x-requests", strconv.Itoa(s.plugin.requests))
	case "/trap":
		panic("asked to")
	default:
		if strings.HasPrefix(path, "/callout/") {
			return s.callOut("side")
		}
	}
	return types.ActionContinue
}

func (s *stream) OnHttpRequestBody(size int, endOfStream bool) types.Action {
	if s.path != "/request-body" {
		return types.ActionContinue
	}
	if !endOfStream {
		return types.ActionPause
	}
	body := must(proxywasm.GetHttpRequestBody(0, size))
	check(proxywasm.ReplaceHttpRequestBody(bytes.ToUpper(body)))
	return types.ActionContinue
}

func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	check(proxywasm.ReplaceHttpResponseHeader("x-foreign", s.plugin.greeting))
	switch s.path {
	case "/headers":
		kinds := 0
		for _, pair := range must(proxywasm.GetHttpResponseHeaders()) {
			if pair[0] == "x-kind" {
				kinds++
			}
		}
		check(proxywasm.AddHttpResponseHeader("x-kinds", strconv.Itoa(kinds)))
		check(proxywasm.ReplaceHttpResponseHeader("x-kind", "one"))
		check(proxywasm.RemoveHttpResponseHeader("x-internal"))
	case "/response-body":
		check(proxywasm.RemoveHttpResponseHeader("content-length"))
	}
	return types.ActionContinue
}

func (s *stream) OnHttpResponseBody(size int, endOfStream bool) types.Action {
	if s.path != "/response-body" {
		return types.ActionContinue
	}
	if !endOfStream {
		return types.ActionPause
	}
	body := must(proxywasm.GetHttpResponseBody(0, size))
	check(proxywasm.ReplaceHttpResponseBody(fmt.Appendf(nil, "<%s>", bytes.ToUpper(body))))
	return types.ActionContinue
}

func (s *stream) OnHttpStreamDone() {
	status, err := proxywasm.GetHttpResponseHeader(":status")
	if err != nil {
		status = "none"
	}
	proxywasm.LogInfof("foreign: %s ended with %s", s.path, status)
}
