//! `--sidecar-resources`: what the injected containers ask for and may take, as a Pod's manifest says it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use serde::Deserialize;
use serde_json::Number;

/// What an amount may end with.
const UNITS: [&str; 14] = ["", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

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
    Ok(ResourceRequirements {
        requests: written.requests.map(quantities).transpose()?,
        limits: written.limits.map(quantities).transpose()?,
        ..ResourceRequirements::default()
    })
}

fn quantities(amounts: BTreeMap<String, Amount>) -> Result<BTreeMap<String, Quantity>, String> {
    amounts.into_iter().map(|(name, amount)| Ok((name.clone(), quantity(&name, amount)?))).collect()
}

fn quantity(name: &str, amount: Amount) -> Result<Quantity, String> {
    let text = match amount {
        Amount::Number(number) => number.to_string(),
        Amount::Text(text) => text,
    };
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit()) && digits.parse::<f64>().is_ok();
    if is_number && UNITS.contains(&unit) {
        return Ok(Quantity(text));
    }
    Err(format!("{name} is {text:?}; give an amount such as 10m, 1.5, 64Mi or 1Gi"))
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
        ] {
            let told = resources(bad).unwrap_err();
            assert!(told.contains(expected), "{bad}: {told}");
        }
    }
}
