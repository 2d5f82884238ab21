//! rclone.conf, as a user or a Secret brings it.

use std::path::Path;

use podfs_remote::config::{Target as Place, fuzzing::to_text, parse};
use podfs_remote::open::{Engine, choose};

use super::texts;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "configuration", run, samples };

fn run(data: &[u8]) {
    let Ok(config) = parse(Path::new("f"), data) else { return };
    if let Ok(text) = to_text(&config) {
        let again = parse(Path::new("f"), text.as_bytes()).expect("what we write can be read");
        assert!(again == config, "it reads otherwise:\n{text}");
    }
    for path in ["", "bucket/some/where"] {
        let _ = Place::new(&config, path).map(|place| choose(&place, Engine::Auto, []));
    }
}

fn samples() -> Vec<Vec<u8>> {
    texts(&[
        "\u{feff}# a comment\n[remote]\ntype = s3\nprovider = AWS\naccess_key_id=a\nsecret_access_key : b\n\
         region = eu-central-1\nchunk_size = 16Mi\nforce_path_style = false\nencoding = Slash,InvalidUtf8,Dot\n",
        "[remote]\ntype = local\n[remote_encrypted]\ntype = crypt\nremote = remote:/a/b\n\
         password = AAAAAAAAAAAAAAAAAAAAAAAAAAA\nfilename_encryption = obfuscate\nfilename_encoding = base64\n",
        "[remote]\n`a key` = \"\"\" quoted \"\"\"\n- = 1\n\"a=b\" : `c` d\nx = 50%(a)b\n; end",
    ])
}
