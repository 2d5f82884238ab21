//! S3, natively: the plain mirror that `rclone sync` would make, with one request per small file.
//!
//! Reading objects, looking at them and writing small ones of our own goes through opendal's S3 service. What opendal
//! cannot do as we need it is asked for by requests of our own over the same wire ([`crate::transport`]): listings
//! (opendal does not ask for URL-encoded keys, so control characters come back damaged), uploads that are read from
//! the file as they are sent, in parts that are retried one by one, deletes with an error per key, and the making of
//! buckets.
//!
//! opendal's service is called below its `Operator`, which would trim and collapse keys.

mod address;
mod bucket;
mod budget;
mod checksum;
mod content_type;
mod credentials;
mod delete;
mod download;
mod errors;
mod file_body;
mod file_sum;
mod keys;
mod list;
mod list_page;
mod mtime;
mod multipart;
mod objects;
mod options;
mod parts;
mod ranges;
mod remote;
mod small;
mod store;
mod upload;

pub use options::S3Options;
pub use remote::S3Remote;
