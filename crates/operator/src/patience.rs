//! How long the API server has for each single request: one that vanished without a word would be waited for until TCP gives up.

use std::time::Duration;

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use thiserror::Error;
use tower::{BoxError, service_fn};

/// For one request, with its whole answer. Of a watch only the beginning counts: how long it may then be silent is known to who
/// follows it.
pub(crate) const LONGEST: Duration = Duration::from_secs(10);

#[derive(Debug, Error)]
#[error("the API server has not answered within {0:?}")]
struct NoAnswer(Duration);

/// A client whose requests end in this time, one way or the other.
pub(crate) fn within(client: Client, limit: Duration) -> Client {
    let namespace = client.default_namespace().to_owned();
    let send = move |request: Request<Body>| {
        let client = client.clone();
        async move {
            let is_watch = is_watch(&request);
            let answered = async {
                let answer = client.send(request).await?;
                if is_watch {
                    return Ok(answer);
                }
                let (head, body) = answer.into_parts();
                Ok(Response::from_parts(head, Body::from(body.collect_bytes().await?)))
            };
            let in_time = tokio::time::timeout(limit, answered).await;
            in_time.unwrap_or_else(|_| Err(BoxError::from(NoAnswer(limit))))
        }
    };
    Client::new(service_fn(send), namespace)
}

fn is_watch(request: &Request<Body>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').any(|parameter| matches!(parameter, "watch=true" | "watch=1"))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use k8s_openapi::api::core::v1::Secret;
    use kube::Api;

    use super::*;

    /// An API server that takes every request, and then says nothing.
    fn silent() -> Client {
        let never = |_| std::future::pending::<Result<Response<Body>, Infallible>>();
        Client::new(service_fn(never), "default")
    }

    /// One that begins to answer, and then says nothing.
    fn stuck() -> Client {
        let begin = |_| async {
            let nothing = futures::stream::pending::<Result<axum::body::Bytes, Infallible>>();
            Ok::<_, Infallible>(Response::new(axum::body::Body::from_stream(nothing)))
        };
        Client::new(service_fn(begin), "default")
    }

    const SHORT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_request_that_is_never_answered_ends_and_says_so() {
        for client in [silent(), stuck()] {
            let secrets: Api<Secret> = Api::namespaced(within(client, SHORT), "team");
            let error = secrets.get("key").await.unwrap_err().to_string();
            assert!(error.contains("has not answered within 50ms"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_watch_that_has_begun_may_be_silent_for_longer() {
        let watch =
            || Request::get("/api/v1/pods?&watch=true&timeoutSeconds=290").body(Body::empty()).unwrap();
        let begun = within(stuck(), SHORT).send(watch()).await.unwrap();
        let waited = tokio::time::timeout(SHORT * 4, begun.into_body().collect_bytes()).await;
        assert!(waited.is_err(), "it ended");
        assert!(within(silent(), SHORT).send(watch()).await.is_err());
    }
}
