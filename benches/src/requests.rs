//! Counting requests by kind.

use std::collections::BTreeMap;
use std::fmt;

use podfs_testkit::proxy::RequestRecord;

/// How many requests of each kind a run made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Requests(BTreeMap<String, usize>);

impl Requests {
    /// Counts what a proxy has seen.
    pub(crate) fn of(records: &[RequestRecord]) -> Self {
        let mut kinds = BTreeMap::new();
        for record in records {
            let kind = if record.is_s3_list() { "LIST" } else { record.method.as_str() };
            *kinds.entry(kind.to_owned()).or_insert(0) += 1;
        }
        Self(kinds)
    }

    /// All of them.
    pub(crate) fn total(&self) -> usize {
        self.0.values().sum()
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<String> = self.0.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        f.write_str(if kinds.is_empty() { "none" } else { "" })?;
        f.write_str(&kinds.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_are_told_from_other_reads() {
        let record = |method: &str, target: &str| RequestRecord {
            method: method.into(),
            target: target.into(),
            range: None,
        };
        let records = [
            record("GET", "/b?list-type=2&prefix=x"),
            record("GET", "/b/k"),
            record("PUT", "/b/k"),
            record("GET", "/b/l"),
        ];
        let requests = Requests::of(&records);
        assert_eq!((requests.total(), requests.to_string()), (4, "2 GET, 1 LIST, 1 PUT".to_owned()));
        assert_eq!(Requests::default().to_string(), "none");
    }
}
