//! rclone.conf against the real rclone: both read the same values out of the same file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use podfs_remote::config::{RcloneConfig, S3Settings, Section, load, parse, render, save};

/// The real rclone, installed by the test kit.
fn rclone() -> PathBuf {
    podfs_testkit::tools::RCLONE.path().expect("rclone is installed")
}

fn run(file: &Path, arguments: &[&str]) -> Output {
    Command::new(rclone()).arg("--config").arg(file).args(arguments).output().expect("rclone runs")
}

type Dump = BTreeMap<String, BTreeMap<String, String>>;

/// What `rclone config dump` reads; `None` when it refuses the file.
fn dump(file: &Path) -> Option<Dump> {
    let output = run(file, &["config", "dump"]);
    output.status.success().then(|| serde_json::from_slice(&output.stdout).expect("JSON"))
}

fn as_dump(config: &RcloneConfig) -> Dump {
    let entries = |section: &Section| {
        section.entries().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    config.sections().iter().map(|section| (section.name().to_owned(), entries(section))).collect()
}

#[test]
fn rclone_reads_what_we_render() {
    let values = [
        "plain",
        "a = b",
        "a:b",
        "# no comment",
        "; none either",
        "x # y ; z",
        "\"quoted\"",
        "'single'",
        "`ticks`",
        "`",
        "``",
        "`open",
        "\"\"\"",
        "\"\"\"tri\"\"\"",
        "\"\"\"\"\"\"",
        "back\\slash\\",
        "100%",
        "%s %(a",
        "[section]",
        "[",
        "-",
        "=",
        ":",
        "é日本",
        "a\tb",
        "\u{feff}x",
        "\u{200b}x",
        "//host/%2F?a&b",
        "a\u{1}b",
        "\u{7f}",
        "$(x) ${y}",
        "tail`",
        "tail\"\"\"",
    ];
    let parameters: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| format!("key{index}={value}"))
        .chain(["type=s3".to_owned(), "empty=".to_owned(), "env_auth=true".to_owned()])
        .collect();
    let encrypted = ["remote=remote:/b/d".to_owned(), "password=`x`".to_owned()];
    let config = render(Vec::<(OsString, OsString)>::new(), &parameters, &encrypted).expect("renders").config;
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("rclone.conf");
    save(&file, &config).expect("saves");
    assert_eq!(dump(&file).as_ref(), Some(&as_dump(&config)));
    assert_eq!(load(&file).expect("loads"), config);
    for (index, value) in values.iter().enumerate() {
        assert_eq!(config.section("remote").unwrap().get(&format!("key{index}")), Some(value.trim()));
    }
}

#[test]
fn we_read_what_rclone_reads() {
    let lines = [
        "k = v",
        "k=v",
        "k : v",
        "k:a=b",
        "a:b=c",
        "k = a = b # c ; d",
        "k = \"quoted\"",
        "k = `tick` rest",
        "k = \"\"\"tri\"\"\" x",
        "k = \"\"\"tri",
        "k = `open",
        "k = \"open",
        "\"k\" = v",
        "`a=b` = v",
        "\"\"\"a`\"b\"\"\" = v",
        "\"k\" x = v",
        "k =",
        "k",
        "= v",
        ": v",
        " = v",
        "\"\" = v",
        "K = v",
        "k = one\nk = two",
        "- = v\n- = w\n[y]\n- = x",
        "k = a\\\n  b = c",
        "[x] y = z",
        "[x]\nk=1\n[x]\nj=2",
        "[ x ]\nk=1",
        "[]\nk=1",
        "[x",
        "[a]b]\nk=1",
        "k = v\r\nj = w\r",
        "k = a\rb",
        "\u{a0}k\u{a0}=\u{2003}v\u{85}",
        "k = ``",
        "k = `",
        "k = ``x``",
        "k = `a`b`",
        "k = \"\"\"\"",
        "k = \"\"\"\"\"",
        "k = \"\"\"\"\"\"",
        "# k = v",
        "\"k = v",
        "--k = v",
        "k k = v",
        "-=v",
        "k = ` padded `",
        "k = %s %(a 100%",
        "k = %()s",
        "\u{feff}k = v",
        "[DEFAULT]\nd = 1",
        "k = v\u{0}w",
        "\u{0}k = v",
        "k= =v",
        "k==v",
    ];
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("rclone.conf");
    for lines in lines {
        for head in ["[remote]\ntype = s3\n", "\u{feff}first = 1\n; c\n[remote]\n"] {
            let text = format!("{head}{lines}\n");
            fs::write(&file, &text).expect("writes");
            let ours = parse(&file, text.as_bytes()).ok().map(|config| as_dump(&config));
            assert_eq!(ours, dump(&file), "{text:?}");
        }
    }
}

/// A native engine that took a value which rclone refuses would hide a mistake of the user.
#[test]
fn values_that_we_take_are_values_that_rclone_takes() {
    let values = [
        "",
        "true",
        "FALSE",
        "t",
        "yes",
        "5",
        "5Mi",
        "4Mi",
        "5MB",
        "16M",
        "off",
        "0",
        "1",
        "-1",
        "1e9",
        "6G",
        "unset",
        "Slash,Dot",
        "x",
    ];
    let keys = [
        "env_auth",
        "chunk_size",
        "upload_cutoff",
        "copy_cutoff",
        "upload_concurrency",
        "list_chunk",
        "list_version",
        "list_url_encode",
        "encoding",
        "no_head",
        "max_upload_parts",
        "use_x_id",
        "version_at",
        "v2_auth",
        "might_gzip",
        "description",
    ];
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("rclone.conf");
    let mut taken = 0;
    for key in keys {
        for value in values {
            let text = format!(
                "[remote]\ntype = s3\nprovider = Minio\nendpoint = http://127.0.0.1:1\n{key} = {value}\n"
            );
            fs::write(&file, &text).expect("writes");
            let config = load(&file).expect("loads");
            if S3Settings::from_section(config.section("remote").expect("section")).is_ok() {
                taken += 1;
                let output = run(&file, &["backend", "features", "remote:"]);
                assert!(
                    output.status.success(),
                    "{key} = {value}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
            }
        }
    }
    assert!(taken > keys.len() * 2);
}

#[test]
fn every_s3_key_of_rclone_is_known() {
    let output = run(Path::new("/notfound"), &["config", "providers"]);
    let providers: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let s3 = providers.as_array().expect("list").iter().find(|backend| backend["Name"] == "s3").expect("s3");
    for option in s3["Options"].as_array().expect("options") {
        let key = option["Name"].as_str().expect("name");
        let mut section = Section::new("remote");
        for (key, value) in
            [("type", "s3"), ("provider", "Minio"), ("endpoint", "http://localhost"), (key, "\u{1}")]
        {
            section.set(key, value);
        }
        let refusal = S3Settings::from_section(&section);
        let unknown = refusal.is_err_and(|refusal| refusal.reason.starts_with("not known"));
        assert!(!unknown, "{key}");
    }
}
