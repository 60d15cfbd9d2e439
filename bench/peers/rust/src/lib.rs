//! The workload that the feature names, on the crate `proxy-wasm`: a context for each stream, as the crate wants it.
#[cfg(feature = "w1")]
mod w1;
#[cfg(feature = "w2")]
mod w2;
#[cfg(feature = "w3")]
mod w3;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root) });
}}

struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Filter))
    }
}

struct Filter;

impl Context for Filter {}

#[cfg(feature = "w0")]
impl HttpContext for Filter {}
