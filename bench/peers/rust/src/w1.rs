use crate::Filter;
use proxy_wasm::traits::HttpContext;
use proxy_wasm::types::Action;

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let gold = self.get_http_request_header("x-tier").as_deref() == Some("gold");
        self.set_http_request_header("x-route", Some(if gold { "gold" } else { "std" }));
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.add_http_response_header("x-policy", "ok");
        Action::Continue
    }
}
