//! One request and its response: the path says what is tried. ../README.md lists it.
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, BufferType, LogLevel, Status};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

pub struct Metrics {
    pub counter: u32,
    pub gauge: u32,
    pub histogram: u32,
}

/// What the plugin's streams share.
pub struct Shared {
    pub greeting: String,
    pub queue: u32,
    /// Lives in linear memory: a fresh VM begins anew.
    pub requests: Cell<u32>,
    pub metrics: Metrics,
}

pub struct Stream {
    pub shared: Rc<Shared>,
    pub path: String,
}

impl Stream {
    /// Tells the upstream something.
    fn note(&self, name: &str, value: &str) {
        self.set_http_request_header(name, Some(value));
    }

    fn property(&self, path: &[&str]) -> String {
        self.get_property(path.to_vec())
            .map_or("none".to_string(), |bytes| {
                String::from_utf8_lossy(&bytes).into_owned()
            })
    }

    fn headers(&self) {
        let cases: Vec<String> = self
            .get_http_request_headers()
            .into_iter()
            .filter(|(name, _)| name.starts_with("x-case-"))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let first = self
            .get_http_request_header("x-case-twice")
            .unwrap_or("none".into());
        let empty = self
            .get_http_request_header("x-case-empty")
            .map_or(
                "none",
                |value| {
                    if value.is_empty() {
                        "empty"
                    } else {
                        "full"
                    }
                },
            );
        let absent = self
            .get_http_request_header("x-case-absent")
            .unwrap_or("none".into());
        self.note("x-all", &cases.join(","));
        self.note("x-first", &first);
        self.note("x-empty", empty);
        self.note("x-absent", &absent);
        self.add_http_request_header("x-added", "one");
        self.add_http_request_header("x-added", "two");
        self.note("x-case-replaced", "new");
        self.set_http_request_header("x-case-removed", None);
    }

    fn all_headers(&self) {
        let headers = self.get_http_request_headers();
        let mut kept: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !name.starts_with("x-case-"))
            .collect();
        kept.push(("x-set", "all"));
        self.set_http_request_headers(kept);
    }

    fn properties(&self) {
        self.note("x-path", &self.property(&["request", "url_path"]));
        self.note("x-query", &self.property(&["request", "query"]));
        self.note("x-plugin", &self.property(&["plugin_name"]));
        self.note(
            "x-peer",
            self.property(&["source", "address"])
                .split(':')
                .next()
                .unwrap(),
        );
        let size = self.get_property(vec!["request", "headers", "x-case-size"]);
        self.note(
            "x-size",
            &String::from_utf8(size.unwrap_or_default()).unwrap(),
        );
        let port = self.get_property(vec!["destination", "port"]).unwrap();
        self.note(
            "x-port",
            &i64::from_le_bytes(port.try_into().unwrap()).to_string(),
        );
        self.note(
            "x-mtls",
            &format!(
                "{:?}",
                self.get_property(vec!["connection", "mtls"]).unwrap()
            ),
        );
        self.note("x-none", &self.property(&["no", "such"]));
        self.set_property(vec!["foreign_note"], Some(b"written"));
        self.note("x-written", &self.property(&["foreign_note"]));
    }

    fn shared_data(&self) {
        let count = loop {
            let (value, cas) = self.get_shared_data("count");
            let before: u32 = value.map_or(0, |bytes| {
                String::from_utf8(bytes).unwrap().parse().unwrap()
            });
            let now = (before + 1).to_string();
            match self.set_shared_data("count", Some(now.as_bytes()), cas) {
                Ok(()) => break now,
                Err(Status::CasMismatch) => continue,
                Err(other) => panic!("{other:?}"),
            }
        };
        self.note("x-count", &count);
        let (_, cas) = self.get_shared_data("stale");
        self.set_shared_data("stale", Some(b"a"), cas).unwrap();
        let (_, cas) = self.get_shared_data("stale");
        self.set_shared_data("stale", Some(b"b"), None).unwrap();
        let refused = self.set_shared_data("stale", Some(b"c"), cas) == Err(Status::CasMismatch);
        self.note("x-stale", if refused { "refused" } else { "written" });
    }

    fn metrics(&self) {
        let Metrics {
            counter,
            gauge,
            histogram,
        } = self.shared.metrics;
        hostcalls::increment_metric(counter, 2).unwrap();
        hostcalls::increment_metric(gauge, 5).unwrap();
        hostcalls::increment_metric(gauge, -2).unwrap();
        hostcalls::record_metric(histogram, 100).unwrap();
        self.note(
            "x-counter",
            &hostcalls::get_metric(counter).unwrap().to_string(),
        );
        self.note(
            "x-gauge",
            &hostcalls::get_metric(gauge).unwrap().to_string(),
        );
    }

    fn foreign_functions(&self) {
        let text = b"over and over and over and over and over".as_slice();
        let small = self
            .call_foreign_function("compress", Some(text))
            .unwrap()
            .unwrap();
        let back = self
            .call_foreign_function("uncompress", Some(&small))
            .unwrap();
        let shorter = small.len() < text.len() && back.as_deref() == Some(text);
        self.note("x-round-trip", if shorter { "same" } else { "other" });
        let unknown = self.call_foreign_function("no_such", None);
        self.note(
            "x-unknown",
            if unknown == Err(Status::NotFound) {
                "not found"
            } else {
                "other"
            },
        );
    }

    fn clock(&self) {
        let now = self.get_current_time().duration_since(UNIX_EPOCH).unwrap();
        self.note("x-now", &now.as_millis().to_string());
    }

    fn local(&self) {
        let headers = vec![("content-type", "text/plain"), ("x-local", "yes")];
        self.send_http_response(418, headers, Some(b"short and stout"));
    }

    fn call_out(&self, cluster: &str) -> Action {
        let headers = vec![
            (":method", "POST"),
            (":path", self.path.as_str()),
            (":authority", "side.test"),
            ("x-asked", "kindly"),
        ];
        let timeout = Duration::from_secs(5);
        match self.dispatch_http_call(cluster, headers, Some(b"question"), vec![], timeout) {
            Ok(_) => Action::Pause,
            Err(status) => {
                let refused = status == Status::BadArgument;
                self.note("x-side-status", if refused { "refused" } else { "other" });
                Action::Continue
            }
        }
    }

    fn later(&self) {
        for name in ["queued", "ticked"] {
            let value = self.get_shared_data(name).0.unwrap_or(b"nothing".to_vec());
            self.note(&format!("x-{name}"), &String::from_utf8(value).unwrap());
        }
    }
}

impl Context for Stream {
    fn on_http_call_response(&mut self, _: u32, _: usize, body_size: usize, _: usize) {
        let status = self
            .get_http_call_response_header(":status")
            .unwrap_or("none".into());
        if status == "403" {
            self.send_http_response(
                403,
                vec![("x-local", "by callout")],
                Some(b"the side said no"),
            );
            return;
        }
        let body = self
            .get_http_call_response_body(0, body_size)
            .unwrap_or_default();
        self.note("x-side-status", &status);
        if self.path != "/unreachable" {
            self.note("x-side-body", &String::from_utf8(body).unwrap());
            self.note(
                "x-side",
                &self
                    .get_http_call_response_header("x-side")
                    .unwrap_or("none".into()),
            );
        }
        self.resume_http_request();
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.path = self.get_http_request_header(":path").unwrap_or_default();
        let seen = self.shared.requests.get() + 1;
        self.shared.requests.set(seen);
        let path = self.path.clone();
        match path.split('?').next().unwrap() {
            "/headers" => self.headers(),
            "/all-headers" => self.all_headers(),
            "/properties" => self.properties(),
            "/shared" => self.shared_data(),
            "/metrics" => self.metrics(),
            "/foreign" => self.foreign_functions(),
            "/clock" => self.clock(),
            "/log" => {
                for level in [
                    LogLevel::Debug,
                    LogLevel::Info,
                    LogLevel::Warn,
                    LogLevel::Error,
                ] {
                    hostcalls::log(level, &format!("foreign: level {}", level as u32)).unwrap();
                }
            }
            "/local" => {
                self.local();
                return Action::Pause;
            }
            "/unreachable" => return self.call_out("nobody"),
            "/unknown" => return self.call_out("unheard-of"),
            "/request-body" => self.set_http_request_header("content-length", None),
            "/enqueue" => self
                .enqueue_shared_queue(self.shared.queue, Some(path.as_bytes()))
                .unwrap(),
            "/later" => self.later(),
            "/vm" => self.note("x-requests", &seen.to_string()),
            "/trap" => panic!("asked to"),
            other if other.starts_with("/callout/") => return self.call_out("side"),
            _ => {}
        }
        Action::Continue
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if self.path != "/request-body" {
            return Action::Continue;
        }
        if !end_of_stream {
            return Action::Pause;
        }
        let body = self.get_http_request_body(0, size).unwrap_or_default();
        self.set_http_request_body(0, size, &body.to_ascii_uppercase());
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_http_response_header("x-foreign", Some(&self.shared.greeting));
        match self.path.as_str() {
            "/headers" => {
                let kinds = self.get_http_response_headers();
                let kinds = kinds.iter().filter(|(name, _)| name == "x-kind").count();
                self.add_http_response_header("x-kinds", &kinds.to_string());
                self.set_http_response_header("x-kind", Some("one"));
                self.set_http_response_header("x-internal", None);
            }
            "/response-body" => self.set_http_response_header("content-length", None),
            _ => {}
        }
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if self.path != "/response-body" {
            return Action::Continue;
        }
        if !end_of_stream {
            return Action::Pause;
        }
        let body = self.get_http_response_body(0, size).unwrap_or_default();
        let shout = [b"<".as_slice(), &body.to_ascii_uppercase(), b">"].concat();
        hostcalls::set_buffer(BufferType::HttpResponseBody, 0, size, &shout).unwrap();
        Action::Continue
    }

    fn on_log(&mut self) {
        let status = self
            .get_http_response_header(":status")
            .unwrap_or("none".into());
        let line = format!("foreign: {} ended with {status}", self.path);
        hostcalls::log(LogLevel::Info, &line).unwrap();
    }
}
