//! All that runs side by side.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::error::OperatorError;

/// Workers go on for ever, servers until they are asked to end. All end when this is dropped.
#[derive(Default)]
pub(crate) struct Tasks {
    workers: JoinSet<&'static str>,
    servers: JoinSet<(&'static str, Result<(), OperatorError>)>,
}

impl Tasks {
    /// Begins some work.
    pub(crate) fn add(&mut self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.workers.spawn(async move {
            work.await;
            name
        });
    }

    /// Begins to serve.
    pub(crate) fn add_server(
        &mut self,
        name: &'static str,
        server: impl Future<Output = Result<(), OperatorError>> + Send + 'static,
    ) {
        self.servers.spawn(async move { (name, server.await) });
    }

    /// Waits for the first that ends, which none of them should.
    pub(crate) async fn any_ends(&mut self) -> OperatorError {
        tokio::select! {
            Some(ended) = self.workers.join_next() => OperatorError::Ended(ended.unwrap_or("a part of the operator")),
            Some(ended) = self.servers.join_next() => match ended {
                Ok((_, Err(error))) => error,
                Ok((name, Ok(()))) => OperatorError::Ended(name),
                Err(_) => OperatorError::Ended("a server"),
            },
            else => OperatorError::Ended("everything"),
        }
    }

    /// Waits until the servers have ended, who were asked to do so within this time.
    pub(crate) async fn servers_end(&mut self, patience: Duration) {
        let all = async { while self.servers.join_next().await.is_some() {} };
        // A little more than they themselves have.
        let _ = tokio::time::timeout(patience + Duration::from_secs(1), all).await;
    }
}
