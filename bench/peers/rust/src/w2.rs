use crate::Filter;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let method = self.get_http_request_header(":method").unwrap_or_default();
        if method == "GET" || method == "POST" {
            let path = self.get_http_request_header(":path").unwrap_or_default();
            if PREFIXES.iter().any(|prefix| path.starts_with(prefix))
                || self.get_http_request_header("x-role").as_deref() == Some("admin")
            {
                return Action::Continue;
            }
        }
        let headers = vec![("content-type", "application/json")];
        self.send_http_response(403, headers, Some(br#"{"error":"denied"}"#));
        Action::Pause
    }
}

const PREFIXES: [&str; 50] = [
    "/api/v1/res00/",
    "/api/v1/res01/",
    "/api/v1/res02/",
    "/api/v1/res03/",
    "/api/v1/res04/",
    "/api/v1/res05/",
    "/api/v1/res06/",
    "/api/v1/res07/",
    "/api/v1/res08/",
    "/api/v1/res09/",
    "/api/v1/res10/",
    "/api/v1/res11/",
    "/api/v1/res12/",
    "/api/v1/res13/",
    "/api/v1/res14/",
    "/api/v1/res15/",
    "/api/v1/res16/",
    "/api/v1/res17/",
    "/api/v1/res18/",
    "/api/v1/res19/",
    "/api/v1/res20/",
    "/api/v1/res21/",
    "/api/v1/res22/",
    "/api/v1/res23/",
    "/api/v1/res24/",
    "/api/v1/res25/",
    "/api/v1/res26/",
    "/api/v1/res27/",
    "/api/v1/res28/",
    "/api/v1/res29/",
    "/api/v1/res30/",
    "/api/v1/res31/",
    "/api/v1/res32/",
    "/api/v1/res33/",
    "/api/v1/res34/",
    "/api/v1/res35/",
    "/api/v1/res36/",
    "/api/v1/res37/",
    "/api/v1/res38/",
    "/api/v1/res39/",
    "/api/v1/res40/",
    "/api/v1/res41/",
    "/api/v1/res42/",
    "/api/v1/res43/",
    "/api/v1/res44/",
    "/api/v1/res45/",
    "/api/v1/res46/",
    "/api/v1/res47/",
    "/api/v1/res48/",
    "/api/v1/res49/",
];
