//! The plugin: its configuration, its timer and its queue. What becomes of requests is in `stream.rs`.
mod stream;

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel, MetricType};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use stream::{Metrics, Shared, Stream};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Plugin::default()) });
}}

#[derive(Default)]
struct Plugin {
    shared: Option<Rc<Shared>>,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    fn on_configure(&mut self, size: usize) -> bool {
        let Some(bytes) = self
            .get_plugin_configuration()
            .filter(|bytes| bytes.len() == size)
        else {
            return false;
        };
        let greeting = String::from_utf8(bytes).unwrap();
        if greeting.is_empty() {
            return false;
        }
        let define = |kind, name| hostcalls::define_metric(kind, name).unwrap();
        self.shared = Some(Rc::new(Shared {
            queue: self.register_shared_queue("foreign"),
            requests: Cell::new(0),
            metrics: Metrics {
                counter: define(MetricType::Counter, "foreign_requests"),
                gauge: define(MetricType::Gauge, "foreign_level"),
                histogram: define(MetricType::Histogram, "foreign_sizes"),
            },
            greeting,
        }));
        self.set_tick_period(Duration::from_millis(20));
        hostcalls::log(LogLevel::Info, "foreign: configured").unwrap();
        true
    }

    fn on_tick(&mut self) {
        self.set_shared_data("ticked", Some(b"yes"), None).unwrap();
    }

    fn on_queue_ready(&mut self, queue: u32) {
        while let Ok(Some(item)) = self.dequeue_shared_queue(queue) {
            self.set_shared_data("queued", Some(&item), None).unwrap();
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        let shared = self.shared.clone()?;
        Some(Box::new(Stream {
            shared,
            path: String::new(),
        }))
    }
}
