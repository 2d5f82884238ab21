//! `--sidecar-resources`: what the injected containers ask for and may take, as a Pod's manifest says it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use serde::Deserialize;
use serde_json::Number;

use super::quantity::billionths;

/// The JSON of `resources`. Nothing else is let through: who reads it next is the API server, and it would refuse every Pod.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    requests: Option<BTreeMap<String, Amount>>,
    #[serde(default)]
    limits: Option<BTreeMap<String, Amount>>,
}

/// YAML has numbers where no unit follows.
#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(Number),
    Text(String),
}

/// Reads it.
pub(super) fn resources(text: &str) -> Result<ResourceRequirements, String> {
    let wanted =
        r#"give JSON such as {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}}"#;
    let written: Written = serde_json::from_str(text).map_err(|error| format!("{error}; {wanted}"))?;
    let requests = written.requests.map(amounts).transpose()?;
    let limits = written.limits.map(amounts).transpose()?;
    for (name, asked) in requests.iter().flatten() {
        compare(name, asked, limits.as_ref().and_then(|limits| limits.get(name)))?;
    }
    Ok(ResourceRequirements {
        requests: requests.map(quantities),
        limits: limits.map(quantities),
        ..ResourceRequirements::default()
    })
}

/// An amount as it is written, and in billionths.
struct Read {
    text: String,
    billionths: u128,
}

type Amounts = BTreeMap<String, Read>;

fn amounts(written: BTreeMap<String, Amount>) -> Result<Amounts, String> {
    written.into_iter().map(|(name, amount)| Ok((known(&name)?.to_owned(), read(&name, amount)?))).collect()
}

/// A name that a container's resource can have. One with a prefix is a device's, and only the cluster knows them.
fn known(name: &str) -> Result<&str, String> {
    if matches!(name, "cpu" | "memory" | "ephemeral-storage") || !may_be_shared(name) {
        return Ok(name);
    }
    Err(format!(
        "{name:?} is no resource of a container; give cpu, memory, ephemeral-storage, hugepages-2Mi, or the name of a device such \
         as example.com/device"
    ))
}

/// Whether it may be asked for by more than have it.
fn may_be_shared(name: &str) -> bool {
    !name.starts_with("hugepages-") && !name.contains('/')
}

fn read(name: &str, amount: Amount) -> Result<Read, String> {
    let text = match amount {
        Amount::Number(number) => number.to_string(),
        Amount::Text(text) => text,
    };
    match billionths(&text) {
        Some(billionths) => Ok(Read { text, billionths }),
        None => Err(format!("{name} is {text:?}; give an amount such as 10m, 1.5, 64Mi or 1Gi")),
    }
}

/// As API servers compare.
fn compare(name: &str, asked: &Read, limit: Option<&Read>) -> Result<(), String> {
    let text = &asked.text;
    match limit {
        Some(limit) if asked.billionths > limit.billionths => Err(format!(
            "requests.{name} is {text}, more than limits.{name}, {}; raise the limit, or ask for less",
            limit.text
        )),
        _ if may_be_shared(name) => Ok(()),
        Some(limit) if asked.billionths == limit.billionths => Ok(()),
        _ => Err(format!(
            "requests.{name} is {text}, and nobody can have more of it than was asked for; give limits.{name} the same amount"
        )),
    }
}

fn quantities(amounts: Amounts) -> BTreeMap<String, Quantity> {
    amounts.into_iter().map(|(name, amount)| (name, Quantity(amount.text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_manifests_write_them() {
        let read =
            resources(r#"{"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"cpu": 1.5}}"#).unwrap();
        let amount =
            |amounts: Option<BTreeMap<String, Quantity>>, name: &str| amounts.unwrap()[name].0.clone();
        assert_eq!(amount(read.requests.clone(), "cpu") + &amount(read.requests, "memory"), "10m64Mi");
        assert_eq!(amount(read.limits, "cpu"), "1.5");
        assert_eq!(resources("{}").unwrap(), ResourceRequirements::default());
        assert_eq!(resources(r#"{"requests": null}"#).unwrap(), ResourceRequirements::default());
        let same =
            r#"{"requests": {"cpu": 0.5, "a.example/b": 1}, "limits": {"cpu": "500m", "a.example/b": "1"}}"#;
        assert!(resources(same).is_ok());
    }

    #[test]
    fn what_would_make_the_api_server_refuse_every_pod_is_refused_at_the_start() {
        for (bad, expected) in [
            ("", "give JSON such as"),
            ("{\"cpu\": \"1\"}", "unknown field `cpu`"),
            (r#"{"limits": {"cpu": "much"}}"#, "cpu is \"much\"; give an amount"),
            (r#"{"limits": {"memory": "64Mb"}}"#, "64Mb"),
            (r#"{"limits": {"memory": "-1"}}"#, "-1"),
            (r#"{"limits": {"memory": -1}}"#, "-1"),
            (r#"{"limits": {"mem": "1Gi"}}"#, "\"mem\" is no resource of a container"),
            (
                r#"{"requests": {"memory": "64Mi"}, "limits": {"memory": "48Mi"}}"#,
                "requests.memory is 64Mi, more than limits.memory, 48Mi",
            ),
            (r#"{"requests": {"memory": "1Ki"}, "limits": {"memory": "1k"}}"#, "more than limits.memory, 1k"),
            (r#"{"requests": {"cpu": "1.001"}, "limits": {"cpu": 1}}"#, "more than limits.cpu, 1"),
            (r#"{"requests": {"hugepages-2Mi": "2Mi"}}"#, "give limits.hugepages-2Mi the same amount"),
            (r#"{"requests": {"a.example/b": 1}, "limits": {"a.example/b": 2}}"#, "the same amount"),
        ] {
            let told = resources(bad).unwrap_err();
            assert!(told.contains(expected), "{bad}: {told}");
        }
    }
}
