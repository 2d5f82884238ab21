//! Uploads in parts that were interrupted, and what another process makes of them.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use podfs_remote::crypt::{CryptRemote, Keys, NameEncryption, NameScheme, Password};
use podfs_remote::s3::{S3Options, S3Remote};
use podfs_sync::manifest::Stored;
use podfs_sync::{ErrorKind, RelativePath, Remote, RemoteError, Timestamp};
use podfs_testkit::proxy::{Fault, FaultyProxy, RequestRecord, Rule};
use podfs_testkit::servers::S3Server;
use serde_json::{Value, json};

use crate::fixture::{Place, options, path, random};

/// One part after the other, so that it is known which the store has.
const KEYS: [(&str, &str); 3] =
    [("upload_cutoff", "5Mi"), ("chunk_size", "5Mi"), ("upload_concurrency", "1")];
/// Four parts, in either form.
const SIZE: usize = 16 << 20;

/// One for all of these tests: the server has room for some sixty buckets.
static BUCKET: LazyLock<String> =
    LazyLock::new(|| S3Server::shared().unwrap().create_bucket("resume").unwrap());

/// How a file goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Sealed,
}

/// A file, and the way on which its upload meets trouble.
struct Bench {
    place: Place,
    /// The directory of the bucket that is this test's own.
    directory: String,
    proxy: FaultyProxy,
    form: Form,
    file: RelativePath,
    content: Vec<u8>,
}

impl Bench {
    fn new(form: Form) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let directory = format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let place = Place::in_bucket(BUCKET.clone());
        let proxy = FaultyProxy::start(place.server.addr()).unwrap();
        let content = random(SIZE);
        let file = place.write(b"file", &content);
        Self { place, directory, proxy, form, file, content }
    }

    /// A remote of its own, as each process has one.
    fn remote(&self) -> Arc<dyn Remote> {
        self.remote_with(&KEYS)
    }

    fn remote_with(&self, keys: &[(&str, &str)]) -> Arc<dyn Remote> {
        self.remote_below(&self.directory, keys)
    }

    fn remote_below(&self, directory: &str, keys: &[(&str, &str)]) -> Arc<dyn Remote> {
        let keys: Vec<_> = keys.iter().copied().chain([("test_path", directory)]).collect();
        let params = self.place.server.params_through(&self.proxy.endpoint());
        let options = options(params, &self.place.bucket, &keys);
        self.in_form(S3Remote::new(S3Options { uploads: Some(self.uploads()), ..options }).unwrap())
    }

    fn uploads(&self) -> PathBuf {
        self.place.folder.path().join("state/uploads")
    }

    /// Uploads that were begun and not ended.
    fn unfinished(&self) -> usize {
        self.place.unfinished_below(&self.directory)
    }

    fn in_form(&self, remote: S3Remote) -> Arc<dyn Remote> {
        if self.form == Form::Plain {
            return Arc::new(remote);
        }
        let keys = Arc::new(Keys::derive(&Password::new("test password"), &Password::default()));
        let scheme = NameScheme { encryption: NameEncryption::Off, ..NameScheme::default() };
        Arc::new(CryptRemote::new(Arc::new(remote), keys, &scheme, None))
    }

    async fn upload(&self, remote: &Arc<dyn Remote>) -> Result<Stored, RemoteError> {
        remote.upload(&self.place.source(&self.file), &self.file).await
    }

    /// An upload of which the store gets the first two parts.
    async fn cut_off(&self) {
        let third = |request: &RequestRecord| request.query("partNumber") == Some("3");
        self.proxy.fail(Rule::new(Fault::Reset).when(third));
        let error = self.upload(&self.remote()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
        self.proxy.clear();
        self.proxy.take_requests();
        assert_eq!((self.unfinished(), self.notes().len()), (1, 1));
    }

    /// The numbers of the parts that are sent, while the upload is tried again and goes well.
    async fn sent_again(&self) -> Vec<u32> {
        self.sent_again_with(&KEYS).await
    }

    async fn sent_again_with(&self, keys: &[(&str, &str)]) -> Vec<u32> {
        let stored = self.upload(&self.remote_with(keys)).await.unwrap();
        let requests = self.proxy.take_requests();
        self.assert_stored(&stored).await;
        assert_eq!((self.unfinished(), self.notes().len()), (0, 0));
        let number =
            |request: &RequestRecord| request.query("partNumber").map(|number| number.parse().unwrap());
        requests.iter().filter(|request| request.method == "PUT").filter_map(number).collect()
    }

    /// What is there is the file as it is now, and what a record would say of it holds.
    async fn assert_stored(&self, stored: &Stored) {
        let remote = self.remote();
        let entry = remote.stat(&self.file).await.unwrap().unwrap();
        assert_eq!(entry.tag, stored.tag);
        let target = podfs_sync::local::Target::new(&self.place.root, &path(b"fetched"));
        let came = remote.download(&entry, &target).await.unwrap();
        assert_eq!(came.nonce, stored.nonce);
        assert_eq!(came.nonce.is_some(), self.form == Form::Sealed);
        assert_eq!(came.modified, Some(self.place.source(&self.file).state().modified));
        let mut content = vec![0; SIZE];
        target.file().unwrap().read_exact_at(&mut content, 0).unwrap();
        assert!(content == self.content && entry.size == SIZE as u64);
    }

    fn notes(&self) -> Vec<Value> {
        let Ok(files) = fs::read_dir(self.uploads()) else { return Vec::new() };
        let notes =
            files.map(|file| serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap());
        notes.collect()
    }

    fn note_path(&self) -> PathBuf {
        fs::read_dir(self.uploads()).unwrap().next().unwrap().unwrap().path()
    }

    fn change_note(&self, change: impl FnOnce(&mut Value)) {
        let mut note = self.notes().remove(0);
        change(&mut note);
        fs::write(self.note_path(), note.to_string()).unwrap();
    }

    /// Other content of the same size.
    fn change_file(&mut self) {
        self.content = random(SIZE);
        self.place.write(b"file", &self.content);
    }
}

fn whole() -> Vec<u32> {
    (1..=4).collect()
}

#[rstest::rstest]
#[tokio::test]
async fn an_upload_that_was_cut_off_goes_on_with_the_part_that_is_missing(
    #[values(Form::Plain, Form::Sealed)] form: Form,
) {
    let bench = Bench::new(form);
    bench.cut_off().await;
    assert_eq!(bench.sent_again().await, [3, 4]);
    // Nothing is left that a third one could go on with.
    assert_eq!(bench.sent_again().await, whole());
}

#[rstest::rstest]
#[tokio::test]
async fn it_goes_on_from_where_the_latest_of_several_attempts_stopped(
    #[values(Form::Plain, Form::Sealed)] form: Form,
) {
    let bench = Bench::new(form);
    bench.cut_off().await;
    let last = |request: &RequestRecord| request.query("partNumber") == Some("4");
    bench.proxy.fail(Rule::new(Fault::Status(500)).when(last));
    let error = bench.upload(&bench.remote()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    bench.proxy.clear();
    bench.proxy.take_requests();
    assert_eq!(bench.sent_again().await, [4]);
}

#[rstest::rstest]
#[tokio::test]
async fn an_upload_that_was_given_up_goes_on_and_only_the_last_request_may_be_missing(
    #[values(Form::Plain, Form::Sealed)] form: Form,
) {
    let bench = Bench::new(form);
    let finishing = |request: &RequestRecord| request.method == "POST" && request.query("uploadId").is_some();
    bench.proxy.fail(Rule::new(Fault::Stall).when(finishing));
    {
        let remote = bench.remote();
        let upload = bench.upload(&remote);
        tokio::pin!(upload);
        while bench.proxy.faults() == 0 {
            let step = tokio::time::timeout(Duration::from_millis(5), &mut upload).await;
            assert!(step.is_err(), "its last request is held up");
        }
    }
    bench.proxy.clear();
    bench.proxy.take_requests();
    assert!(bench.sent_again().await.is_empty());
}

#[rstest::rstest]
#[tokio::test]
async fn a_file_that_changed_meanwhile_is_begun_anew_and_nothing_of_the_old_one_gets_in(
    #[values(Form::Plain, Form::Sealed)] form: Form,
) {
    let mut bench = Bench::new(form);
    bench.cut_off().await;
    let nonce = bench.notes()[0]["nonce"].clone();
    bench.change_file();
    let stored = bench.upload(&bench.remote()).await.unwrap();
    bench.assert_stored(&stored).await;
    assert!(form == Form::Plain || json!(stored.nonce) != nonce, "a nonce is never used for two contents");
    assert_eq!((bench.unfinished(), bench.notes().len()), (0, 0));
}

/// However a file may have been changed behind its times: its sum tells, before anything is sent.
#[rstest::rstest]
#[tokio::test]
async fn other_content_is_known_by_its_sum_also_when_the_file_looks_the_same(
    #[values(Form::Plain, Form::Sealed)] form: Form,
) {
    let mut bench = Bench::new(form);
    bench.cut_off().await;
    bench.change_file();
    let state = serde_json::to_value(bench.place.source(&bench.file).state()).unwrap();
    bench.change_note(|note| note["file"] = state);
    let nonce = bench.notes()[0]["nonce"].clone();
    let stored = bench.upload(&bench.remote()).await.unwrap();
    bench.assert_stored(&stored).await;
    assert!(form == Form::Plain || json!(stored.nonce) != nonce, "a nonce is never used for two contents");
    let requests = bench.proxy.take_requests();
    let first = requests.iter().position(|request| request.method == "PUT").unwrap();
    let thrown_away = requests.iter().position(|request| request.method == "DELETE").unwrap();
    let begun = requests.iter().position(|request| request.query("uploads").is_some()).unwrap();
    assert!(thrown_away < begun && begun < first, "{requests:?}");
}

#[rstest::rstest]
#[tokio::test]
async fn a_part_of_other_content_is_sent_again(#[values(Form::Plain, Form::Sealed)] form: Form) {
    let bench = Bench::new(form);
    bench.cut_off().await;
    let upload = bench.notes()[0]["upload"].as_str().unwrap().to_owned();
    let key = bench.notes()[0]["key"].as_str().unwrap().to_owned();
    let target = format!("/{}/{key}?partNumber=3&uploadId={upload}", bench.place.bucket);
    assert_eq!(bench.place.server.request("PUT", &target, &random(5 << 20)).unwrap().status, 200);
    assert_eq!(bench.sent_again().await, [3, 4]);
}

/// The store has it twice, and may say so.
#[tokio::test]
async fn a_part_that_arrived_twice_counts_once() {
    let bench = Bench::new(Form::Plain);
    let second = |request: &RequestRecord| request.query("partNumber") == Some("2");
    bench.proxy.fail(Rule::new(Fault::DropAnswer).when(second).times(1));
    bench.cut_off().await;
    assert_eq!(bench.sent_again().await, [3, 4]);
}

#[rstest::rstest]
#[tokio::test]
async fn an_upload_that_the_store_no_longer_has_is_begun_anew(
    #[values(Form::Plain, Form::Sealed)] form: Form,
) {
    let bench = Bench::new(form);
    bench.cut_off().await;
    let upload = bench.notes()[0]["upload"].as_str().unwrap().to_owned();
    let key = bench.notes()[0]["key"].as_str().unwrap().to_owned();
    let target = format!("/{}/{key}?uploadId={upload}", bench.place.bucket);
    assert_eq!(bench.place.server.request("DELETE", &target, b"").unwrap().status, 204);
    assert_eq!(bench.sent_again().await, whole());
}

#[tokio::test]
async fn parts_of_another_size_or_of_another_object_are_begun_anew() {
    let bench = Bench::new(Form::Plain);
    bench.cut_off().await;
    let larger = [("upload_cutoff", "5Mi"), ("chunk_size", "6Mi"), ("upload_concurrency", "1")];
    assert_eq!(bench.sent_again_with(&larger).await, (1..=3).collect::<Vec<_>>());
    bench.cut_off().await;
    bench.change_note(|note| note["headers"][0][1] = json!("something else"));
    assert_eq!(bench.sent_again().await, whole());
}

#[tokio::test]
async fn a_store_that_does_not_list_parts_gets_all_of_them_and_one_that_is_away_keeps_them() {
    let bench = Bench::new(Form::Plain);
    bench.cut_off().await;
    let listing = |request: &RequestRecord| request.method == "GET" && request.query("uploadId").is_some();
    bench.proxy.fail(Rule::new(Fault::Reset).when(listing));
    assert_eq!(bench.upload(&bench.remote()).await.unwrap_err().kind, ErrorKind::Unreachable);
    assert_eq!((bench.unfinished(), bench.notes().len()), (1, 1));
    bench.proxy.clear();
    bench.proxy.fail(Rule::new(Fault::Status(501)).when(listing));
    bench.proxy.take_requests();
    assert_eq!(bench.sent_again().await, whole());
}

#[rstest::rstest]
#[case::empty(b"")]
#[case::half(b"{\"format\":1,\"store\":\"htt")]
#[case::foreign(b"{\"hello\":\"world\"}")]
#[case::bytes(&[0xff; 300])]
#[tokio::test]
async fn a_note_that_is_damaged_is_ignored(#[case] damaged: &[u8]) {
    let bench = Bench::new(Form::Sealed);
    bench.cut_off().await;
    let path = bench.note_path();
    fs::write(&path, damaged).unwrap();
    let stored = bench.upload(&bench.remote()).await.unwrap();
    bench.assert_stored(&stored).await;
    // A nonce that is not the right one seals something else, which its sum tells.
    assert!(!path.exists());
}

#[tokio::test]
async fn a_nonce_that_is_damaged_is_not_sealed_with() {
    let bench = Bench::new(Form::Sealed);
    bench.cut_off().await;
    bench.change_note(|note| note["nonce"][3] = json!(note["nonce"][3].as_u64().unwrap() ^ 1));
    assert_eq!(bench.sent_again().await, whole());
}

/// A folder for notes that cannot be made: the upload goes well, and leaves nothing when it does not.
#[tokio::test]
async fn without_a_place_for_notes_uploads_begin_anew() {
    let bench = Bench::new(Form::Plain);
    fs::write(bench.place.folder.path().join("state"), "a file").unwrap();
    let third = |request: &RequestRecord| request.query("partNumber") == Some("3");
    bench.proxy.fail(Rule::new(Fault::Reset).when(third));
    bench.upload(&bench.remote()).await.unwrap_err();
    bench.proxy.clear();
    assert_eq!(bench.unfinished(), 0);
    bench.proxy.take_requests();
    assert_eq!(bench.sent_again().await, whole());
}

#[tokio::test]
async fn what_was_begun_too_long_ago_is_thrown_away() {
    let bench = Bench::new(Form::Plain);
    let eight_days_ago = Timestamp::now().nanoseconds() - 8 * 24 * 60 * 60 * 1_000_000_000;
    let old = serde_json::to_value(Timestamp::from_nanoseconds(eight_days_ago)).unwrap();
    bench.cut_off().await;
    bench.remote().prepare().await.unwrap();
    assert_eq!((bench.unfinished(), bench.notes().len()), (1, 1), "it is young");
    bench.change_note(|note| note["begun"] = old.clone());
    // Another directory of the bucket is somebody else's.
    bench.remote_below("elsewhere", &KEYS).prepare().await.unwrap();
    assert_eq!((bench.unfinished(), bench.notes().len()), (1, 1), "it is no business of others");
    bench.proxy.take_requests();
    assert_eq!(bench.sent_again().await, whole());
    // Also when the file is never uploaded again.
    bench.cut_off().await;
    bench.change_note(|note| note["begun"] = old);
    bench.remote().prepare().await.unwrap();
    assert_eq!((bench.unfinished(), bench.notes().len()), (0, 0));
}

#[tokio::test]
async fn an_upload_that_cannot_go_on_is_not_kept() {
    let bench = Bench::new(Form::Plain);
    let third = |request: &RequestRecord| request.query("partNumber") == Some("3");
    bench.proxy.fail(Rule::new(Fault::Status(400)).when(third));
    bench.upload(&bench.remote()).await.unwrap_err();
    assert_eq!((bench.unfinished(), bench.notes().len()), (0, 0));
}

/// The folder would fill with them otherwise.
#[tokio::test]
async fn half_a_note_that_a_killed_process_left_is_written_over() {
    let bench = Bench::new(Form::Plain);
    bench.cut_off().await;
    let half = bench.note_path().with_extension("json.new");
    assert_eq!(bench.sent_again().await, [3, 4]);
    fs::write(&half, "{").unwrap();
    // Counts the files.
    bench.cut_off().await;
    assert!(!half.exists());
}
