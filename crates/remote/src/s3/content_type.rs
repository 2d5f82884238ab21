//! The Content-Type of an object, by its name's ending, as Go (and so rclone) knows it without a table of the system.
//! <https://pkg.go.dev/mime#TypeByExtension>

/// For whatever has no ending of its own.
const BYTES: &str = "application/octet-stream";

/// The type for a key.
pub(super) fn of(key: &str) -> &'static str {
    let name = key.rsplit('/').next().unwrap_or(key);
    let Some((_, ending)) = name.rsplit_once('.') else { return BYTES };
    match ending.to_ascii_lowercase().as_str() {
        "avif" => "image/avif",
        "css" => "text/css; charset=utf-8",
        "gif" => "image/gif",
        "htm" | "html" => "text/html; charset=utf-8",
        "jpeg" | "jpg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webp" => "image/webp",
        "xml" => "text/xml; charset=utf-8",
        _ => BYTES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_by_the_ending() {
        assert_eq!(of("a.b/index.HTML"), "text/html; charset=utf-8");
        assert_eq!(of("a.html/noext"), BYTES);
        assert_eq!(of(".txt"), "text/plain; charset=utf-8");
    }
}
