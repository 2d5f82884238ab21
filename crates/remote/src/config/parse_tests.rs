//! The table that `rclone config dump` of 1.75.2 answered, and the errors.

use super::*;
use rstest::rstest;

fn remote(lines: &str) -> Result<Vec<(String, String)>, ConfigError> {
    let config = parse(Path::new("rclone.conf"), format!("[remote]\n{lines}\n").as_bytes())?;
    let entries = config.section("remote").unwrap().entries();
    Ok(entries.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

#[rstest]
#[case("k=v", "k", "v")]
#[case("k : v", "k", "v")]
#[case("k:a=b", "k", "a=b")]
#[case("k=a:b", "k", "a:b")]
#[case("k = a = b # c ; d", "k", "a = b # c ; d")]
#[case("k = \"quoted\"", "k", "\"quoted\"")]
#[case("k = `tick` rest", "k", "tick")]
#[case("k = `a`b`", "k", "a`b")]
#[case("k = ` padded `", "k", " padded ")]
#[case("k = \"\"\"tri\"\"\"", "k", "tri")]
#[case("k = \"open", "k", "\"open")]
#[case("k = `", "k", "`")]
#[case("k = \"\"\"\"", "k", "\"\"\"\"")]
#[case("`a=b` = v", "a=b", "v")]
#[case("\"a=b\" = v", "a=b", "v")]
#[case("k =", "k", "")]
#[case(" k\t=\t v \t", "k", "v")]
#[case("K = v", "K", "v")]
#[case("k = one\nk = two", "k", "two")]
#[case("- = v", "#1", "v")]
#[case("k = a\\", "k", "a\\")]
#[case("k = v\r", "k", "v")]
#[case("\u{a0}k\u{a0}=\u{2003}v\u{85}", "k", "v")]
#[case("k = 100%", "k", "100%")]
#[case("k = %s %(a", "k", "%s %(a")]
#[case("[x] y = z", "[x] y", "z")]
#[case("k k = v", "k k", "v")]
fn reads_a_line_as_rclone_does(#[case] line: &str, #[case] key: &str, #[case] value: &str) {
    assert_eq!(remote(line).unwrap(), [(key.to_owned(), value.to_owned())]);
}

#[rstest]
#[case("k")]
#[case("= v")]
#[case("[x")]
#[case("\"k = v")]
#[case("k = `open")]
#[case("k = \"\"\"tri")]
#[case("[]\nk = v")]
#[case("k = %(other)s")]
fn names_the_line_that_rclone_stops_at(#[case] lines: &str) {
    let error = remote(lines).unwrap_err();
    let last = 1 + lines.lines().count();
    assert!(error.to_string().starts_with(&format!("rclone.conf, line {last}: ")), "{error}");
    assert!(!error.to_string().contains("other"), "shows the line");
}

#[test]
fn sections_comments_and_marks() {
    let text = "\u{feff}# c\nlone = 1\n\n[ a ]\nk=1\n; c\n[b]\n[a]\nj=2";
    let config = parse(Path::new("f"), text.as_bytes()).unwrap();
    let names: Vec<_> = config.sections().iter().map(super::super::Section::name).collect();
    assert_eq!(names, ["DEFAULT", "a", "b"]);
    assert_eq!(config.section("a").unwrap().get("j"), Some("2"));
    assert!(parse(Path::new("f"), b"").unwrap().sections().is_empty());
}

#[test]
fn other_files_are_recognised() {
    let encrypted = b"# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nxxx";
    assert!(matches!(parse(Path::new("f"), encrypted), Err(ConfigError::EncryptedFile { .. })));
    assert!(matches!(parse(Path::new("f"), b"[a]\nk = \xff"), Err(ConfigError::Syntax { line: 2, .. })));
}
