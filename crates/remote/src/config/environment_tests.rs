//! Which variables and flags make which sections.

use super::*;
use rstest::rstest;
use std::os::unix::ffi::OsStringExt;

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn rendered(
    pairs: &[(&str, &str)],
    parameters: &[&str],
    encrypted: &[&str],
) -> Result<Rendered, ConfigError> {
    render(variables(pairs), &strings(parameters), &strings(encrypted))
}

#[test]
fn the_example_of_the_contract() {
    let pairs = [
        ("PATH", "/bin"),
        ("REMOTE_PROVIDER", "Minio"),
        ("REMOTE_TYPE", "s3"),
        ("REMOTE_ENDPOINT", "http://localhost:9000"),
        ("REMOTE_ENV_AUTH", "true"),
        ("REMOTELY", "x"),
    ];
    let config = rendered(&pairs, &[], &[]).unwrap().config;
    let text = super::super::text::to_text(&config).unwrap();
    let body = text.split_once('\n').unwrap().1;
    assert_eq!(
        body,
        "\n[remote]\ntype = s3\nprovider = Minio\nenv_auth = true\nendpoint = http://localhost:9000\n"
    );
}

#[test]
fn encryption_makes_its_own_section() {
    let config = rendered(
        &[("REMOTE_TYPE", "s3"), ("ENCRYPTED_REMOTE", "remote:/b/d"), ("ENCRYPTED_PASSWORD", "p")],
        &[],
        &["filename_encryption=obfuscate"],
    )
    .unwrap()
    .config;
    let section = config.section(ENCRYPTED).unwrap();
    assert_eq!(section.kind(), Some("crypt"));
    assert_eq!(section.get("filename_encryption"), Some("obfuscate"));
}

#[test]
fn flags_win_and_an_empty_flag_unsets() {
    let pairs =
        [("REMOTE_TYPE", "s3"), ("REMOTE_REGION", "a"), ("REMOTE_ACL", "private"), ("REMOTE_acl", "x")];
    let config = rendered(&pairs, &["region=b=c", "ACL="], &[]).unwrap().config;
    let section = config.section(REMOTE).unwrap();
    assert_eq!(section.get("region"), Some("b=c"));
    assert_eq!(section.get("acl"), None);
    let config = rendered(&pairs, &[], &[]).unwrap().config;
    assert_eq!(config.section(REMOTE).unwrap().get("acl"), Some("private"));
}

#[test]
fn empty_variables_are_unset_and_white_space_is_dropped() {
    let pairs = [("REMOTE_TYPE", "s3\n"), ("REMOTE_REGION", ""), ("ENCRYPTED_PASSWORD", " ")];
    let config = rendered(&pairs, &[], &[]).unwrap().config;
    assert_eq!(config.sections().len(), 1);
    assert_eq!(config.section(REMOTE).unwrap().entries().collect::<Vec<_>>(), [("type", "s3")]);
}

#[test]
fn variables_of_services_and_without_a_key_are_left_out() {
    let pairs = [
        ("REMOTE_TYPE", "sftp"),
        ("REMOTE_PORT", "tcp://10.0.0.1:80"),
        ("REMOTE_SERVICE_HOST", "10.0.0.1"),
        ("ENCRYPTED_SERVICE_PORT", "80"),
        ("REMOTE_", "x"),
        ("REMOTE_a b", "x"),
    ];
    let rendered = rendered(&pairs, &[], &[]).unwrap();
    assert_eq!(rendered.config.sections().len(), 1);
    assert_eq!(rendered.config.section(REMOTE).unwrap().entries().count(), 1);
    let names = ["ENCRYPTED_SERVICE_PORT", "REMOTE_", "REMOTE_PORT", "REMOTE_SERVICE_HOST", "REMOTE_a b"];
    assert_eq!(rendered.left_out, names);
}

#[test]
fn a_real_port_is_kept() {
    let config = rendered(&[("REMOTE_TYPE", "sftp"), ("REMOTE_PORT", "2222")], &[], &[]).unwrap().config;
    assert_eq!(config.section(REMOTE).unwrap().get("port"), Some("2222"));
}

#[rstest]
#[case(&[], &[], &[], "REMOTE_TYPE")]
#[case(&[("REMOTE_PROVIDER", "Minio")], &[], &[], "REMOTE_TYPE")]
#[case(&[("REMOTE_TYPE", "s3")], &["hunter2"], &[], "-p \"…\" is not key=value")]
#[case(&[("REMOTE_TYPE", "s3")], &["=hunter2"], &[], "-p \"=…\" is not key=value")]
#[case(&[("REMOTE_TYPE", "s3")], &[], &["hunter2"], "-e \"…\" is not key=value")]
#[case(&[("REMOTE_TYPE", "s3")], &["a b=hunter2"], &[], "-p a b=…: the key")]
#[case(&[("REMOTE_TYPE", "s3")], &["k=hun\nter2"], &[], "-p k=…: the value has a line break")]
#[case(&[("REMOTE_TYPE", "s3"), ("REMOTE_K", "hun\nter2")], &[], &[], "REMOTE_K: the value has a line break")]
#[case(&[("REMOTE_TYPE", "s3")], &[], &["password=hunter2"], "ENCRYPTED_REMOTE")]
#[case(&[("REMOTE_TYPE", "s3")], &[], &["type=local", "remote=remote:"], "always crypt")]
#[case(&[], &[], &["remote=remote:/b"], "REMOTE_TYPE")]
fn errors_say_what_to_do_and_no_secret(
    #[case] pairs: &[(&str, &str)],
    #[case] parameters: &[&str],
    #[case] encrypted: &[&str],
    #[case] expected: &str,
) {
    let error = rendered(pairs, parameters, encrypted).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert!(!format!("{error} {error:?}").contains("ter2"));
}

#[test]
fn encryption_may_stand_on_a_folder() {
    let config = rendered(&[], &[], &["remote=/backup", "password=p"]).unwrap().config;
    assert!(config.section(REMOTE).is_none());
}

#[test]
fn values_in_another_encoding_name_their_variable() {
    let pairs = vec![(OsString::from("REMOTE_PASS"), OsString::from_vec(vec![0xff]))];
    let error = render(pairs, &strings(&["type=ftp"]), &[]).unwrap_err();
    assert!(error.to_string().contains("REMOTE_PASS"));
    let foreign = vec![(OsString::from_vec(vec![0xff]), OsString::from("x"))];
    assert!(render(foreign, &strings(&["type=ftp"]), &[]).is_ok());
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!(
        "{:?}",
        rendered(&[], &["type=s3", "secret_access_key=hunter2", "endpoint=http://u:hunter2@h:1/x"], &[])
            .unwrap()
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("http://h:1/x"), "{shown}");
}

#[test]
fn rclones_own_variables_are_found() {
    let mut section = Section::new(REMOTE);
    section.set("type", "s3");
    let names = ["RCLONE_S3_ACL", "RCLONE_CONFIG_REMOTE_REGION", "RCLONE_TRANSFERS", "RCLONE_CONFIG_OTHER_X"];
    assert_eq!(overrides_of_rclone(names, &section), ["RCLONE_CONFIG_REMOTE_REGION", "RCLONE_S3_ACL"]);
}
