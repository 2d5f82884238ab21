//! The receipt on a volume.

use podfs_sync::receipt::Receipt;

use super::texts;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "receipt", run, samples };

fn run(data: &[u8]) {
    let Ok(receipt) = serde_json::from_slice::<Receipt>(data) else { return };
    let written = serde_json::to_vec(&receipt).expect("a receipt can be written");
    assert_eq!(serde_json::from_slice::<Receipt>(&written).expect("what we write can be read"), receipt);
}

fn samples() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"format":1,"state":"complete","lineage":"00ff","generation":7}"#,
        r#"{"format":1,"state":"restoring","lineage":null,"generation":null}"#,
    ])
}
