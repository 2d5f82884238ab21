//! Our crypt against the real rclone: passwords, names and whole trees, in every mode and both ways.
//!
//! A folder stands for the store: rclone's `crypt` over a path of this machine.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use podfs_remote::config::parse;
use podfs_remote::crypt::{
    ContentError, CryptRemote, CryptSettings, Keys, NameCipher, NameScheme, Nonce, Password, Sealer,
    Unsealer, obscure, plain_size, sealed_size,
};
use podfs_remote::local::LocalRemote;
use podfs_remote::naming::{Mask, Speller};
use proptest::prelude::*;
use tempfile::TempDir;

use super::trees::{Tree, assert_same, hostile_paths, read, tree, write};

const PASSWORD: &str = "correct horse ✓";
const SALT: &str = "battery staple";

/// One way to set a crypt remote up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    names: &'static str,
    directories: bool,
    encoding: &'static str,
    suffix: &'static str,
    pub(super) salt: bool,
}

/// Every combination that makes a difference.
pub(super) fn modes() -> Vec<Mode> {
    let mut modes = Vec::new();
    for salt in [false, true] {
        for directories in [true, false] {
            let mode = Mode { names: "standard", directories, encoding: "base32", suffix: ".bin", salt };
            modes.extend(["base32", "base64", "base32768"].map(|encoding| Mode { encoding, ..mode }));
            modes.push(Mode { names: "obfuscate", ..mode });
            let suffixes = if directories { [".bin", ".enc", "none", "bare"].as_slice() } else { &[".bin"] };
            modes.extend(suffixes.iter().map(|suffix| Mode { names: "off", suffix, ..mode }));
        }
    }
    modes
}

/// A store with a crypt remote over it, as rclone and as we see it.
pub(super) struct Place {
    folder: TempDir,
    names: NameScheme,
    cipher: NameCipher,
    keys: Arc<Keys>,
    store: Speller,
}

impl Place {
    pub(super) fn new(mode: Mode) -> Self {
        Self::over(mode, Mask::LOCAL)
    }

    /// The store spells names with this mask.
    fn over(mode: Mode, mask: Mask) -> Self {
        // Its name must be one that no encoding changes: `.tmp…` begins with a period.
        let folder = tempfile::Builder::new().prefix("crypt").tempdir().expect("folder");
        for name in ["store", "local", "restored"] {
            fs::create_dir(folder.path().join(name)).expect("folder");
        }
        let Mode { names, directories, encoding, suffix, salt } = mode;
        let store = folder.path().join("store");
        let password = obscure(&Password::new(PASSWORD)).expect("obscured");
        let mut text = format!(
            "[store]\ntype = local\nencoding = {mask}\n\
             [secret]\ntype = crypt\nremote = store:{}\npassword = {password}\nfilename_encryption = {names}\n\
             directory_name_encryption = {directories}\nfilename_encoding = {encoding}\nsuffix = {suffix}\n",
            store.display(),
        );
        if salt {
            text += &format!("password2 = {}\n", obscure(&Password::new(SALT)).expect("obscured"));
        }
        let path = folder.path().join("rclone.conf");
        fs::write(&path, &text).expect("configuration");
        let config = parse(&path, text.as_bytes()).expect("configuration");
        let settings =
            CryptSettings::from_section(config.section("secret").expect("section")).expect("settings");
        let keys = settings.keys();
        Self {
            cipher: NameCipher::new(&keys, &settings.names),
            names: settings.names,
            keys: Arc::new(keys),
            store: Speller::new(mask),
            folder,
        }
    }

    /// The store as we encrypt into it.
    pub(super) fn remote(&self) -> CryptRemote {
        let store = LocalRemote::new(&self.path("store"));
        CryptRemote::new(Arc::new(store), Arc::clone(&self.keys), &self.names, Some(255))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn rclone<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> std::process::Output {
        Command::new(podfs_testkit::tools::RCLONE.path().expect("rclone is installed"))
            .arg("--config")
            .arg(self.path("rclone.conf"))
            // Without the last flag rclone takes names that differ only in Unicode normal form for one file.
            .args(["--retries", "1", "--no-unicode-normalization"])
            .args(arguments.into_iter().collect::<Vec<_>>())
            .output()
            .expect("rclone runs")
    }

    /// What rclone answers line by line.
    fn lines<A: AsRef<OsStr>>(
        &self,
        command: &[&str],
        arguments: impl IntoIterator<Item = A>,
    ) -> Vec<Vec<u8>> {
        let command = command.iter().map(OsString::from);
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned());
        let output = self.rclone(command.chain(arguments));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
        lines.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    pub(super) fn copy(&self, from: &OsStr, to: &OsStr) {
        let output = self.rclone([OsStr::new("copy"), from, to]);
        if !output.status.success() {
            println!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    /// rclone encrypts the local files into the store.
    pub(super) fn rclone_seals(&self, tree: &Tree) {
        write(&self.path("local"), tree);
        self.copy(self.path("local").as_os_str(), OsStr::new("secret:"));
    }

    /// rclone decrypts the store.
    pub(super) fn rclone_opens(&self) -> Tree {
        self.copy(OsStr::new("secret:"), self.path("restored").as_os_str());
        read(&self.path("restored"))
    }

    /// We encrypt files into the store.
    fn we_seal(&self, tree: &Tree) {
        let sealed = |(path, plain): (&Vec<u8>, &Vec<u8>)| (self.seal_path(path), seal(&self.keys, plain));
        write(&self.path("store"), &tree.iter().map(sealed).collect());
    }

    /// We decrypt the store.
    fn we_open(&self) -> Tree {
        let opened = |(path, sealed): (Vec<u8>, Vec<u8>)| {
            let shown = path.escape_ascii().to_string();
            let path = each_segment(&path, |segment| self.store.unspell(segment).expect("spelled"));
            let name = self.cipher.open_path(&path).unwrap_or_else(|error| panic!("{shown}: {error}"));
            (name, unseal(&self.keys, &sealed).unwrap_or_else(|error| panic!("{shown}: {error}")))
        };
        read(&self.path("store")).into_iter().map(opened).collect()
    }

    pub(super) fn accepts(&self, path: &[u8]) -> bool {
        let spelled =
            |path: Vec<u8>| path.split(|byte| *byte == b'/').all(|name| self.store.spell(name).is_ok());
        self.cipher.seal_path(path).is_ok_and(spelled) && self.cipher.check_length(path, 255).is_ok()
    }

    /// Where a file lies in the store.
    fn seal_path(&self, path: &[u8]) -> Vec<u8> {
        let sealed = self.cipher.seal_path(path).expect("accepted");
        each_segment(&sealed, |segment| self.store.spell(segment).expect("accepted"))
    }

    /// Both ways, with names that we accept.
    fn check(&self, context: &str) {
        let tree = tree(hostile_paths().into_iter().filter(|path| self.accepts(path)));
        self.rclone_seals(&tree);
        let mut expected: Vec<_> = tree.keys().map(|path| self.seal_path(path)).collect();
        expected.sort();
        let names: Vec<_> = read(&self.path("store")).into_keys().collect();
        assert_eq!(names, expected, "{context}: names");
        assert_same(&self.we_open(), &tree, &format!("{context}: written by rclone"));
        fs::remove_dir_all(self.path("store")).expect("removed");
        self.we_seal(&tree);
        assert_same(&self.rclone_opens(), &tree, &format!("{context}: written by us"));
    }
}

fn each_segment(path: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    path.split(|byte| *byte == b'/').map(change).collect::<Vec<_>>().join(&b'/')
}

/// In pieces that fit no block.
fn seal(keys: &Arc<Keys>, plain: &[u8]) -> Vec<u8> {
    let sealer = Sealer::new(Arc::clone(keys), Nonce::random().expect("random"), plain.len() as u64);
    let mut range = sealer.range(0, u64::MAX);
    let mut sealed = Vec::new();
    while range.remaining() > 0 {
        let mut piece = vec![0; 100_000];
        let filled = range.fill(&mut piece, |from, into| -> Result<(), Infallible> {
            into.copy_from_slice(&plain[from as usize..][..into.len()]);
            Ok(())
        });
        sealed.extend_from_slice(&piece[..filled.unwrap()]);
    }
    sealed
}

fn unseal(keys: &Arc<Keys>, sealed: &[u8]) -> Result<Vec<u8>, ContentError> {
    let mut plain = Vec::new();
    let unsealer = Unsealer::new(Arc::clone(keys), sealed.len() as u64)?;
    for (at, chunk) in sealed.chunks(100_000).enumerate() {
        unsealer.take(at as u64 * 100_000, &mut chunk.to_vec(), |_, data| -> Result<(), ContentError> {
            plain.extend_from_slice(data);
            Ok(())
        })?;
    }
    unsealer.finish()?;
    Ok(plain)
}

#[test]
fn passwords_are_obscured_and_revealed_as_rclone_does() {
    let place = Place::new(modes()[0]);
    for plain in [PASSWORD, "x", " two  spaces ", "日本語"] {
        let obscured = place.lines(&["obscure"], [plain]).concat();
        let revealed = Password::reveal(str::from_utf8(&obscured).expect("text"));
        assert_eq!(revealed, Ok(Password::new(plain)));
        let ours = obscure(&Password::new(plain)).expect("obscured");
        assert_eq!(place.lines(&["reveal", "--"], [ours]).concat(), plain.as_bytes());
    }
}

#[test]
fn rclone_and_we_read_what_the_other_wrote_in_every_mode() {
    for mode in modes() {
        Place::new(mode).check(&format!("{mode:?}"));
    }
}

#[test]
fn encrypted_names_are_spelled_as_the_store_wants_them() {
    let windows = "Slash,LtGt,DoubleQuote,Colon,Question,Asterisk,Pipe,BackSlash,Ctl,RightSpace,RightPeriod,InvalidUtf8,Dot";
    for mask in [Mask::S3, Mask::parse(windows).expect("encoding")] {
        for mode in modes().into_iter().filter(|mode| !mode.salt && mode.directories && mode.suffix == ".bin")
        {
            Place::over(mode, mask).check(&format!("{mode:?} {mask}"));
        }
    }
}

#[test]
fn what_we_refuse_rclone_does_not_carry() {
    for mode in modes().into_iter().filter(|mode| !mode.salt) {
        let place = Place::new(mode);
        let (accepted, refused): (Vec<_>, Vec<_>) =
            hostile_paths().into_iter().partition(|path| place.accepts(path));
        assert!(accepted.len() > 4 * refused.len(), "{mode:?}: only {} accepted", accepted.len());
        let refused: Tree = refused.into_iter().map(|path| (path.clone(), path)).collect();
        place.rclone_seals(&refused);
        let returned = place.rclone_opens();
        for path in refused.keys() {
            let shown = path.escape_ascii();
            assert_ne!(returned.get(path), Some(path), "{mode:?}: refused {shown}, but rclone carries it");
        }
    }
}

#[test]
fn rclone_shows_a_file_of_ours() {
    let place = Place::new(modes()[0]);
    let plain: Vec<u8> = (0..200_000).map(|at| (at % 251) as u8).collect();
    place.we_seal(&Tree::from([(b"dir/file".to_vec(), plain.clone())]));
    assert_eq!(place.rclone(["cat", "secret:dir/file"]).stdout, plain);
    assert_eq!(
        place.rclone(["cat", "secret:dir/file", "--offset", "130000", "--count", "10"]).stdout,
        &plain[130_000..130_010]
    );
}

#[test]
fn sizes_are_those_that_rclone_shows() {
    let place = Place::new(modes()[0]);
    let tree = tree([]);
    place.rclone_seals(&tree);
    for (path, plain) in &tree {
        let name = place.cipher.seal_path(path).expect("accepted");
        let sealed = fs::metadata(place.path("store").join(OsStr::from_bytes(&name))).expect("there").len();
        assert_eq!(sealed_size(plain.len() as u64), sealed);
        assert_eq!(plain_size(sealed), Ok(plain.len() as u64));
    }
}

#[test]
fn another_password_opens_neither_names_nor_contents() {
    let [place, other] = [false, true].map(|salt| Place::new(Mode { salt, ..modes()[0] }));
    place.rclone_seals(&tree([b"name".to_vec()]));
    for (path, sealed) in read(&place.path("store")) {
        assert!(other.cipher.open_path(&path).is_err());
        if sealed.len() > 32 {
            assert_eq!(unseal(&other.keys, &sealed), Err(ContentError::BadBlock { index: 0 }));
        }
    }
}

#[test]
fn a_name_of_someone_else_is_skipped_where_rclone_skips_it() {
    let names = [
        "plain.txt",
        "a",
        "0000",
        "vvvvvvvvvvvvvvvvvvvvvvvvvv",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "ƀ",
        "x.y",
        "1",
        ".bin",
    ];
    for mode in modes().into_iter().filter(|mode| !mode.salt && mode.suffix != "none") {
        let place = Place::new(mode);
        let lines = place.lines(&["cryptdecode", "secret:"], names);
        for (name, line) in names.into_iter().zip(lines) {
            assert!(line.ends_with(b"Failed to decrypt"), "{mode:?}: {}", line.escape_ascii());
            assert!(place.cipher.open_path(name.as_bytes()).is_err(), "{mode:?}: {name}");
        }
    }
}

/// Names in rclone's standard spelling that fit on a line and in an argument.
fn standard_name() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        "[^\\x00-\\x1f/\\x7f]{1,40}",
        "[a-c.0]{0,3}-v20[0-2][0-9]-[01][0-9]-[0-3][0-9]-[0-2][0-9]0203-123[.]?[a-c]{0,3}",
        "[ -.0-~]{1,150}",
    ];
    prop_oneof![
        text.prop_map(String::into_bytes),
        prop::collection::vec(
            any::<u8>().prop_filter("prints on a line", |byte| *byte > 0x1f && *byte != b'/'),
            1..60
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn names_are_encrypted_and_decrypted_as_rclone_does(names in prop::collection::vec(standard_name(), 400)) {
        for mode in modes().into_iter().filter(|mode| mode.directories) {
            let place = Place::new(mode);
            // With a suffix, rclone writes a name that is a version alone and does not read it back.
            let lost = |name: &[u8]| mode.names == "off" && name.starts_with(b"-v2") && name.len() == 23;
            let names = names.iter().filter(|name| place.cipher.encrypt_file(name).is_ok() && !lost(name));
            let names: Vec<_> = names.collect();
            prop_assert!(names.len() > 390, "{mode:?}: only {} accepted", names.len());
            let arguments = names.iter().map(|name| OsStr::from_bytes(name));
            let encrypted = place.lines(&["backend", "encode", "secret:", "--"], arguments);
            for (name, theirs) in names.iter().zip(&encrypted) {
                let ours = place.cipher.encrypt_file(name);
                prop_assert_eq!(ours.as_ref(), Ok(theirs), "{:?}: {}", mode, name.escape_ascii());
            }
            let arguments = encrypted.iter().map(|name| OsStr::from_bytes(name));
            let decrypted = place.lines(&["backend", "decode", "secret:", "--"], arguments);
            prop_assert_eq!(decrypted.len(), names.len());
            for ((name, theirs), encrypted) in names.into_iter().zip(&decrypted).zip(&encrypted) {
                let shown = (name.escape_ascii().to_string(), encrypted.escape_ascii().to_string());
                prop_assert_eq!(theirs, name, "{:?}: {:?}", mode, shown);
                let ours = place.cipher.decrypt_file(encrypted);
                prop_assert_eq!(ours.as_ref(), Ok(name), "{:?}: {:?}", mode, shown);
            }
        }
    }
}
