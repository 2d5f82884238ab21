//! Container images as OCI archives, made without a container engine.
//!
//! The format is that of the OCI image layout, in a tar file:
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md>. The same input gives the same bytes.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use crate::tools::AUTHORITIES;

/// An image with one layer, under construction.
pub struct Image {
    name: String,
    entrypoint: Vec<String>,
    user: String,
    layer: Builder<Vec<u8>>,
}

impl Image {
    /// An empty image. `name` is what a Pod calls it, with registry and tag.
    pub fn new(name: &str, entrypoint: &[&str]) -> Self {
        let entrypoint = entrypoint.iter().map(|&word| word.to_owned()).collect();
        Self { name: name.to_owned(), entrypoint, user: String::new(), layer: Builder::new(Vec::new()) }
    }

    /// Lets it run as this user and group (`1000:1000`), unless a Pod says otherwise; as root else.
    pub fn user(self, user: &str) -> Self {
        Self { user: user.to_owned(), ..self }
    }

    /// Adds a folder, with the permissions that it shall have.
    pub fn folder(mut self, path: &str, mode: u32) -> Result<Self> {
        let mut header = header(EntryType::Directory, 0, mode);
        self.layer.append_data(&mut header, path, [].as_slice())?;
        Ok(self)
    }

    /// Adds a copy of a program of this machine.
    pub fn program(self, path: &str, from: &Path) -> Result<Self> {
        self.file(path, from, 0o755)
    }

    /// Adds a copy of a file of this machine, with the permissions that it shall have.
    pub fn file(mut self, path: &str, from: &Path, mode: u32) -> Result<Self> {
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        let mut header = header(EntryType::Regular, content.len() as u64, mode);
        self.layer.append_data(&mut header, path, content.as_slice())?;
        Ok(self)
    }

    /// Adds a program of this machine with the libraries that it would load here.
    pub fn program_with_libraries(self, path: &str, from: &Path) -> Result<Self> {
        let mut image = self.program(path, from)?.folder("lib", 0o755)?.folder("lib64", 0o755)?;
        for library in libraries(from)? {
            let name = library.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let folder = if name.starts_with("ld-linux-x86-64") { "lib64" } else { "lib" };
            image = image.program(&format!("{folder}/{name}"), &library)?;
        }
        Ok(image)
    }

    /// Adds the authorities that Mozilla trusts, where programs look for them.
    pub fn authorities(self) -> Result<Self> {
        self.folder("etc", 0o755)?.folder("etc/ssl", 0o755)?.folder("etc/ssl/certs", 0o755)?.file(
            "etc/ssl/certs/ca-certificates.crt",
            &AUTHORITIES.path()?,
            0o644,
        )
    }

    /// Adds another name for what is at `target`.
    pub fn link(mut self, path: &str, target: &str) -> Result<Self> {
        let mut header = header(EntryType::Symlink, 0, 0o777);
        self.layer.append_link(&mut header, path, target)?;
        Ok(self)
    }

    /// Writes the archive, as `ctr images import` reads it.
    pub fn write(self, to: &Path) -> Result<()> {
        let layer = self.layer.into_inner()?;
        let config = config(&self.entrypoint, &self.user, &digest(&layer));
        let manifest = manifest(config.as_bytes(), &layer);
        let index = index(manifest.as_bytes(), &self.name);
        let file = File::create(to).with_context(|| format!("cannot make {}", to.display()))?;
        let mut archive = Builder::new(file);
        append(&mut archive, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        append(&mut archive, "index.json", index.as_bytes())?;
        for blob in [manifest.as_bytes(), config.as_bytes(), &layer] {
            append(&mut archive, &format!("blobs/{}", digest(blob).replace(':', "/")), blob)?;
        }
        archive.into_inner()?.flush().with_context(|| format!("cannot write {}", to.display()))
    }
}

/// The loader says what it would load, as `ldd` has it.
fn libraries(program: &Path) -> Result<BTreeSet<PathBuf>> {
    let output = Command::new(program).env("LD_TRACE_LOADED_OBJECTS", "1").output();
    let output = output.with_context(|| format!("cannot ask {} for its libraries", program.display()))?;
    let said = String::from_utf8(output.stdout)?;
    Ok(said.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect())
}

fn append(archive: &mut Builder<File>, path: &str, content: &[u8]) -> Result<()> {
    let mut header = header(EntryType::Regular, content.len() as u64, 0o644);
    archive
        .append_data(&mut header, path, content)
        .with_context(|| format!("cannot write {path} of an image"))
}

/// Root's, and from 1970, so that an image does not depend on who made it when.
fn header(kind: EntryType, size: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn digest(blob: &[u8]) -> String {
    let hex: String = Sha256::digest(blob).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn config(entrypoint: &[String], user: &str, layer: &str) -> String {
    // Rust's spelling of plain words is that of JSON.
    format!(
        r#"{{"architecture":"{}","os":"linux","config":{{"User":{user:?},"Entrypoint":{entrypoint:?},"Env":["PATH=/usr/bin:/bin"]}},"rootfs":{{"type":"layers","diff_ids":["{layer}"]}}}}"#,
        architecture(),
    )
}

/// Go's name of what this program runs on, as images use it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn manifest(config: &[u8], layer: &[u8]) -> String {
    let config = descriptor("application/vnd.oci.image.config.v1+json", config);
    let layer = descriptor("application/vnd.oci.image.layer.v1.tar", layer);
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{{config}}},"layers":[{{{layer}}}]}}"#
    )
}

fn index(manifest: &[u8], name: &str) -> String {
    let manifest = descriptor("application/vnd.oci.image.manifest.v1+json", manifest);
    format!(
        r#"{{"schemaVersion":2,"manifests":[{{{manifest},"annotations":{{"io.containerd.image.name":"{name}"}}}}]}}"#
    )
}

fn descriptor(kind: &str, blob: &[u8]) -> String {
    format!(r#""mediaType":"{kind}","digest":"{}","size":{}"#, digest(blob), blob.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::io::Read;

    fn make(to: &Path) -> BTreeMap<String, Vec<u8>> {
        let image = Image::new("registry.test/name:tag", &["/bin/true"]).folder("bin", 0o755).unwrap();
        image
            .program("bin/true", Path::new("/bin/true"))
            .unwrap()
            .link("bin/yes", "true")
            .unwrap()
            .write(to)
            .unwrap();
        entries(&fs::read(to).unwrap())
    }

    fn entries(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut archive = tar::Archive::new(archive);
        let read = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.path().unwrap().display().to_string(), content)
        };
        archive.entries().unwrap().map(read).collect()
    }

    #[test]
    fn every_blob_lies_under_its_hash_and_the_index_leads_to_the_layer() {
        let folder = tempfile::tempdir().unwrap();
        let archive = make(&folder.path().join("image.tar"));
        let text = |name: &str| String::from_utf8(archive[name].clone()).unwrap();
        let mut next = text("index.json");
        assert!(next.contains("registry.test/name:tag"), "{next}");
        for (path, blob) in archive.iter().filter(|(path, _)| path.starts_with("blobs/")) {
            assert_eq!(*path, format!("blobs/{}", digest(blob).replace(':', "/")));
        }
        for media in ["image.manifest", "image.layer"] {
            let (_, from) = next.split_once(&format!("{media}.v1")).unwrap();
            let (_, digest) = from.split_once(r#""digest":"sha256:"#).unwrap();
            next = format!("blobs/sha256/{}", &digest[..64]);
            if media == "image.manifest" {
                next = text(&next);
            }
        }
        let layer = entries(&archive[&next]);
        assert_eq!(layer.keys().map(String::as_str).collect::<Vec<_>>(), ["bin", "bin/true", "bin/yes"]);
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(make(&folder.path().join("one.tar")), make(&folder.path().join("two.tar")));
    }
}
