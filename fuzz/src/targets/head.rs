//! The head of a remote.

use podfs_sync::head::Head;

use super::texts;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "head", run, samples };

fn run(data: &[u8]) {
    let Ok(head) = Head::parse(data) else { return };
    let written = serde_json::to_vec(&head).expect("a head can be written");
    assert_eq!(Head::parse(&written).expect("what we write can be read"), head);
}

fn samples() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"format":1,"lineage":"00ff","generation":7,"state":"flushed","at":"2026-11-22T00:00:00Z","writer":"web-0"}"#,
        r#"{"format":1,"lineage":"a","generation":1,"state":"open","at":"","writer":"","manifest":[
            {"name":"0000000001-00000001","records":3,"bytes":99,"hash":"00"}]}"#,
        r#"{"format":2}"#,
    ])
}
