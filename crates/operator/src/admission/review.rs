//! `AdmissionReview`, as much of it as is read and written.
//!
//! The format is that of `admission.k8s.io/v1`. The Pod stays the JSON that it came as: a field that is newer than this
//! program must come out as it went in.

use serde::Deserialize;
use serde_json::{Value, json};

/// Most values in a question about a Pod: one with a thousand variables has some 5,000. Read, each may take a hundred times the
/// bytes that it came in.
pub(crate) const MOST_OF_A_POD: usize = 20_000;
/// The same about an object. Its status may have 2,000 locations; with what its writers left of each (`managedFields`), and all of it
/// as it was before too, they come to 40,000. The rest is for the specification.
pub(crate) const MOST_OF_AN_OBJECT: usize = 60_000;

/// The one version that is spoken.
const VERSION: &str = "admission.k8s.io/v1";

/// A question of the API server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    /// The question's name, which the answer repeats.
    pub(crate) uid: String,
    /// The object's namespace. That of the object itself is often not set yet.
    #[serde(default)]
    pub(crate) namespace: String,
    /// `CREATE`, `UPDATE` or `DELETE`
    #[serde(default)]
    pub(crate) operation: String,
    /// Whether this is only for show: nothing may be made for it.
    #[serde(default)]
    pub(crate) dry_run: Option<bool>,
    /// The object as it would be stored.
    #[serde(default)]
    pub(crate) object: Value,
}

impl Request {
    /// Whether nothing may be made for it.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    /// The object's name, as far as it has one.
    pub(crate) fn name(&self) -> &str {
        let metadata = self.object.get("metadata");
        let text = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Value::as_str);
        text("name").or_else(|| text("generateName")).unwrap_or_default()
    }

    /// Whether the object is on its way out: then only who let go of it is noted, and nobody may be held up.
    pub(crate) fn is_going(&self) -> bool {
        self.operation == "DELETE" || self.object.pointer("/metadata/deletionTimestamp").is_some()
    }

    /// A label of the object.
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.object.get("metadata")?.get("labels")?.get(key)?.as_str()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    #[serde(default)]
    api_version: String,
    request: Option<Request>,
}

/// Reads the body of a request, of no more values than `most`.
///
/// # Errors
/// What is wrong with it, for who sent it.
pub(crate) fn read(body: &[u8], most: usize) -> Result<Request, String> {
    let values = values(body);
    if values > most {
        return Err(format!("this has {values} values, and no more than {most} are read"));
    }
    let review: Review = serde_json::from_slice(body)
        .map_err(|error| format!("this is not an AdmissionReview as JSON: {error}"))?;
    if review.api_version != VERSION {
        return Err(format!(
            "this is an AdmissionReview of {:?}, and only {VERSION} is understood; set admissionReviewVersions to [v1]",
            review.api_version
        ));
    }
    review.request.ok_or_else(|| "this AdmissionReview has no request".to_owned())
}

/// How many values a JSON text has, not counting names: one, and one more after each comma and each opening bracket. An empty list
/// or map counts as one too many, also in the numbers above.
fn values(text: &[u8]) -> usize {
    let (mut values, mut quoted, mut escaped) = (1_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => values += 1,
            _ => {}
        }
    }
    values
}

/// What is said to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// It may pass as it is.
    Pass,
    /// It may pass with these changes, a JSON Patch.
    Patch(Vec<Value>),
    /// It may not, and why.
    Refuse {
        /// As in HTTP.
        code: u16,
        /// What is wrong, and what to do.
        message: String,
    },
}

impl Answer {
    /// The body of the response.
    pub(crate) fn review(&self, uid: &str) -> Value {
        let mut response = json!({"uid": uid, "allowed": !matches!(self, Self::Refuse { .. })});
        let more = match self {
            Self::Pass => json!({}),
            Self::Patch(operations) => {
                let patch =
                    data_encoding::BASE64.encode(Value::from(operations.clone()).to_string().as_bytes());
                json!({"patchType": "JSONPatch", "patch": patch})
            }
            Self::Refuse { code, message } => json!({"status": {"code": code, "message": message}}),
        };
        if let (Some(response), Value::Object(more)) = (response.as_object_mut(), more) {
            response.extend(more);
        }
        json!({"apiVersion": VERSION, "kind": "AdmissionReview", "response": response})
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_question_is_read() {
        let body = json!({"apiVersion": VERSION, "kind": "AdmissionReview", "request": {
            "uid": "1", "namespace": "team", "operation": "CREATE", "dryRun": true,
            "object": {"metadata": {"generateName": "web-", "labels": {"app": "web"}}},
        }});
        let request = read(body.to_string().as_bytes(), MOST_OF_A_POD).unwrap();
        assert_eq!((request.uid.as_str(), request.namespace.as_str()), ("1", "team"));
        assert_eq!((request.is_dry_run(), request.name(), request.label("app")), (true, "web-", Some("web")));
    }

    #[rstest]
    #[case(json!({"operation": "UPDATE", "object": {"metadata": {"deletionTimestamp": "2026-11-22T09:00:00Z"}}}), true)]
    #[case(json!({"operation": "DELETE"}), true)]
    #[case(json!({"operation": "UPDATE", "object": {"metadata": {}}}), false)]
    fn an_object_that_is_deleted_is_on_its_way_out(#[case] mut request: Value, #[case] going: bool) {
        request["uid"] = json!("1");
        assert_eq!(serde_json::from_value::<Request>(request).unwrap().is_going(), going);
    }

    #[rstest]
    #[case("", "not an AdmissionReview")]
    #[case("{}", "only admission.k8s.io/v1")]
    #[case(r#"{"apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"1"}}"#, "v1beta1")]
    #[case(r#"{"apiVersion":"admission.k8s.io/v1"}"#, "no request")]
    #[case(r#"{"apiVersion":"admission.k8s.io/v1","request":{}}"#, "uid")]
    fn a_malformed_body_is_told_what_is_wrong(#[case] body: &str, #[case] said: &str) {
        let error = read(body.as_bytes(), MOST_OF_A_POD).unwrap_err();
        assert!(error.contains(said), "{error}");
    }

    #[rstest]
    #[case("7", 1)]
    #[case("[1, 2, 3]", 4)]
    #[case(r#"{"a": [{"b": ",[{"}], "c\\\",": 1}"#, 5)]
    fn values_are_counted_without_being_read(#[case] text: &str, #[case] count: usize) {
        assert_eq!(values(text.as_bytes()), count);
    }

    #[test]
    fn a_question_of_too_many_values_is_not_read() {
        for most in [MOST_OF_A_POD, MOST_OF_AN_OBJECT] {
            let body = json!({"apiVersion": VERSION, "request": {"uid": "1", "object": vec![0; most]}});
            assert!(read(body.to_string().as_bytes(), most).unwrap_err().contains("no more than"));
        }
    }

    #[test]
    fn an_object_with_as_many_locations_as_there_can_be_is_read() {
        let directories = (0..128 * 1024 / (64 + "/0000".len())).map(|number| format!("/{number:04}"));
        let location = |directory: &String| json!({"directory": directory, "synchronizedToRemote": true});
        let left = |directory: &String| {
            let fields = json!({".": {}, "f:directory": {}, "f:synchronizedToRemote": {}});
            (format!("k:{}", json!({"directory": directory})), fields)
        };
        let directories: Vec<String> = directories.collect();
        let managed: serde_json::Map<String, Value> = directories.iter().map(left).collect();
        let object = json!({
            "metadata": {"managedFields": [{"fieldsV1": {"f:status": {"f:locations": managed}}}]},
            "status": {"locations": directories.iter().map(location).collect::<Vec<_>>()},
        });
        let request = json!({"uid": "1", "operation": "UPDATE", "object": object, "oldObject": object});
        let body = json!({"apiVersion": VERSION, "request": request}).to_string();
        assert!(values(body.as_bytes()) > MOST_OF_A_POD);
        assert!(read(body.as_bytes(), MOST_OF_AN_OBJECT).is_ok());
    }

    #[test]
    fn a_patch_is_base64_of_its_json() {
        let answer = Answer::Patch(vec![json!({"op": "add", "path": "/x", "value": 1})]).review("7");
        let response = &answer["response"];
        assert_eq!((&response["uid"], &response["allowed"]), (&json!("7"), &json!(true)));
        assert_eq!(response["patchType"], "JSONPatch");
        let patch = data_encoding::BASE64.decode(response["patch"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(patch, br#"[{"op":"add","path":"/x","value":1}]"#);
    }

    #[test]
    fn a_refusal_says_why() {
        let answer = Answer::Refuse { code: 403, message: "no".to_owned() }.review("7");
        assert_eq!(answer["response"]["allowed"], false);
        assert_eq!(answer["response"]["status"], json!({"code": 403, "message": "no"}));
    }
}
