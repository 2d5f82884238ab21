//! What is wrong with a configuration is said at once, with the right kind and no secret.

use podfs_remote::s3::S3Remote;
use podfs_sync::{ErrorKind, Remote, RemoteError};

use crate::fixture::{Place, SOON, list_error, options, path};

async fn errors(place: &Place, remote: &S3Remote) -> Vec<RemoteError> {
    let file = place.write(b"file", b"content");
    let source = place.source(&file);
    let mut errors = vec![list_error(remote).await];
    errors.extend(remote.upload(&source, &file).await.err());
    errors.extend(remote.stat(&file).await.err());
    errors.extend(remote.read_small(&file, 10).await.err());
    errors.extend(remote.delete(&[file.clone(), path(b"b")]).await.into_iter().map(|(_, error)| error));
    errors
}

#[tokio::test]
async fn a_bucket_that_does_not_exist_is_named() {
    let place = Place::new();
    let bucket = format!("{}-nowhere", place.bucket);
    let remote = S3Remote::new(options(place.server.params(), &bucket, &[])).unwrap();
    let error = list_error(&remote).await;
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.to_string().contains(&bucket), "{error}");
    assert_eq!(remote.requests(), Some(1));
}

#[tokio::test]
async fn wrong_credentials_are_denied_without_being_shown() {
    let place = Place::new();
    for keys in [("access_key_id", "hush-nobody"), ("secret_access_key", "hush-wrong")] {
        let remote = place.remote(&[keys]);
        let errors = errors(&place, &remote).await;
        assert_eq!(errors.len(), 6);
        for error in &errors {
            assert_eq!(error.kind, ErrorKind::Denied, "{keys:?} {error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
        assert!(errors[0].to_string().contains("check"), "{}", errors[0]);
        assert!(!format!("{remote:?}").contains("hush"));
        assert_eq!(remote.requests(), Some(errors.len() as u64 - 1), "nothing is tried again");
    }
}

#[tokio::test]
async fn without_credentials_a_private_bucket_is_denied() {
    let place = Place::new();
    let remote = place.remote(&[("access_key_id", ""), ("secret_access_key", "")]);
    assert_eq!(list_error(&remote).await.kind, ErrorKind::Denied);
}

#[tokio::test]
async fn credentials_can_lie_in_a_file_of_their_own() {
    let place = Place::new();
    let file = place.folder.path().join("credentials");
    let (id, secret) = (place.server.access_key(), place.server.secret_key());
    let text = format!("[other]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    std::fs::write(&file, text).unwrap();
    let remote = place.remote(&[
        ("access_key_id", ""),
        ("secret_access_key", ""),
        ("env_auth", "true"),
        ("profile", "other"),
        ("shared_credentials_file", file.to_str().unwrap()),
    ]);
    assert_eq!(crate::fixture::listed(&remote).await.len(), 0);
}

#[tokio::test]
async fn an_endpoint_that_refuses_connections_is_unreachable_soon() {
    let place = Place::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let params = place.server.params_through(&format!("http://127.0.0.1:{port}"));
    let remote = S3Remote::new(options(params, &place.bucket, &[])).unwrap();
    let error = tokio::time::timeout(SOON, list_error(&remote)).await.unwrap();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    assert_eq!(remote.requests(), Some(3));
    assert_eq!(remote.prepare().await.unwrap_err().kind, ErrorKind::Unreachable);
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_unreachable() {
    let place = Place::new();
    let params = place.server.params_through("http://nowhere.invalid:1");
    let remote = S3Remote::new(options(params, &place.bucket, &[])).unwrap();
    assert_eq!(list_error(&remote).await.kind, ErrorKind::Unreachable);
}

#[tokio::test]
async fn options_without_sense_are_refused() {
    let place = Place::new();
    for (bucket, path, endpoint) in [
        ("", "", "http://h"),
        ("b1", "../x", "http://h"),
        ("b1", "", "http://u:hush@h"),
        ("b1", "", "http://"),
    ] {
        let mut options = options(place.server.params_through(endpoint), bucket, &[]);
        options.path = path.to_owned();
        let error = S3Remote::new(options).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Configuration);
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}
