//! What an S3 store answers.

use podfs_remote::s3::fuzzing::{deletes, list_page, refusal, time, time_text};

use super::texts;
use crate::Target;

/// A page of a listing; the first byte says of which version.
pub(super) const LIST: Target = Target { name: "store-list", run: list, samples: list_samples };
/// Refusals, and the answer to a delete.
pub(super) const ANSWER: Target = Target { name: "store-answer", run: answer, samples: answer_samples };
/// A modification time among an object's metadata.
pub(super) const TIME: Target = Target {
    name: "store-time",
    run: modified,
    samples: || texts(&["1577934245.12", "-315521754.5", " 7. "]),
};

fn list(data: &[u8]) {
    let Some((version, body)) = data.split_first() else { return };
    let Some(page) = list_page(body, 1 + version % 2) else { return };
    // So many bytes at the least does an object take.
    assert!(page.objects.len() * "<Contents><Key/><Size>0</Size></Contents>".len() <= body.len());
    assert!(page.next.is_none_or(|next| !next.is_empty()), "the same page would come for ever");
}

fn answer(data: &[u8]) {
    if let Some((code, message)) = refusal(data) {
        assert!(code.len() + message.len() <= data.len());
    }
    assert!(deletes(data).unwrap_or_default() <= data.len());
}

fn modified(data: &[u8]) {
    let Some(time_read) = str::from_utf8(data).ok().and_then(time) else { return };
    assert_eq!(time(&time_text(time_read)), Some(time_read));
}

fn list_samples() -> Vec<Vec<u8>> {
    texts(&[
        "\u{1}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>b</Name><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
         <NextContinuationToken>t/+=</NextContinuationToken><Contents><Key>a+b%2Bc%0A/%C3%A4</Key>\
         <LastModified>2026-11-22T00:00:00.000Z</LastModified><ETag>&quot;ab&quot;</ETag><Size>7</Size></Contents>\
         </ListBucketResult>",
        "\0<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>k</NextMarker><Contents><Key><![CDATA[k]]></Key>\
         <Size>1</Size></Contents></ListBucketResult>",
    ])
}

fn answer_samples() -> Vec<Vec<u8>> {
    texts(&[
        "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>gone &amp; lost</Message></Error>",
        "<DeleteResult><Error><Key>a&amp;b</Key><Code>AccessDenied</Code></Error><Error/></DeleteResult>",
    ])
}
