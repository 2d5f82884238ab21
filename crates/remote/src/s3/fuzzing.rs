//! What a store answers, for the fuzz targets alone.

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
