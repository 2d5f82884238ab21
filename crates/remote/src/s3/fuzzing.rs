//! What a store answers and what was noted of uploads, for the fuzz targets alone.

use podfs_sync::Timestamp;

use crate::transport::embedded_refusal;

/// A page of a listing.
#[derive(Debug)]
pub struct Page {
    /// Keys, where they are UTF-8, with sizes.
    pub objects: Vec<(Option<String>, u64)>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Reads a page of version 1 or 2; `None` for what is none.
#[must_use]
pub fn list_page(body: &[u8], version: u8) -> Option<Page> {
    let page = super::list_page::parse(body, version).ok()?;
    let objects = page.objects.into_iter().map(|object| (object.key, object.size)).collect();
    Some(Page { objects, next: page.next })
}

/// Code and message of a refusal.
#[must_use]
pub fn refusal(body: &[u8]) -> Option<(String, String)> {
    embedded_refusal(body).map(|answer| (answer.code, answer.message))
}

/// How many keys could not be deleted; `None` for what is no answer to a delete.
#[must_use]
pub fn deletes(body: &[u8]) -> Option<usize> {
    super::delete::errors(body).ok().map(|errors| errors.len())
}

/// A time as an object's metadata has it.
#[must_use]
pub fn time(text: &str) -> Option<Timestamp> {
    super::mtime::read(text)
}

/// The text for a time.
#[must_use]
pub fn time_text(time: Timestamp) -> String {
    super::mtime::write(time)
}

/// Reads a note about an upload in parts, and holds that what was read is written as it was. Whether it could be read.
///
/// # Panics
/// When it is not.
pub fn upload_note(text: &[u8]) -> bool {
    let Some(note) = super::journal::parse(text) else { return false };
    // Nothing that it says may be too much.
    let _ = (note.is_outdated(), note.says(&http::HeaderMap::new()));
    let written = serde_json::to_vec(&note).unwrap_or_default();
    assert_eq!(super::journal::parse(&written[..]), Some(note), "not read as it was written");
    true
}
