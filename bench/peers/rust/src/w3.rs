use crate::Filter;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use std::time::UNIX_EPOCH;

const TOKENS_PER_SECOND: u64 = 1_000_000;
const BURST: u64 = 1_000_000_000;
const ATTEMPTS: u32 = 10;

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let user = self.get_http_request_header("x-user").unwrap_or_default();
        let mut key = String::with_capacity(3 + user.len());
        key.push_str("rl:");
        key.push_str(&user);
        let now = self
            .get_current_time()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_nanos() as u64;
        for _ in 0..ATTEMPTS {
            let (value, version) = self.get_shared_data(&key);
            let (mut filled, mut tokens) = (now, BURST);
            if let Some(value) = value.as_deref().filter(|value| value.len() == 16) {
                filled = u64::from_le_bytes(value[..8].try_into().unwrap());
                tokens = u64::from_le_bytes(value[8..].try_into().unwrap());
            }
            let more = now.saturating_sub(filled) / 1_000 * TOKENS_PER_SECOND / 1_000_000;
            if more > 0 {
                tokens = BURST.min(tokens + more);
                filled = now;
            }
            if tokens == 0 {
                let headers = vec![("content-type", "application/json")];
                self.send_http_response(429, headers, Some(br#"{"error":"limited"}"#));
                return Action::Pause;
            }
            let mut bucket = [0; 16];
            bucket[..8].copy_from_slice(&filled.to_le_bytes());
            bucket[8..].copy_from_slice(&(tokens - 1).to_le_bytes());
            if self.set_shared_data(&key, Some(&bucket), version).is_ok() {
                break;
            }
        }
        Action::Continue
    }
}
