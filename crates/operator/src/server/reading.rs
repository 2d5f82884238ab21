//! Reading questions: each in little time, and all of them in little memory, since whoever reaches the port may ask.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use futures::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// Bytes of a question. An object can have 1.5 MiB in etcd; a review of a change holds two.
const LARGEST: usize = 3 * 1024 * 1024;
/// Bytes of all questions that are there. Each takes what has come of it: who sends nothing keeps nobody waiting.
const ROOM: usize = 8 * LARGEST;
/// For all of a question. An API server sends it at once; who does not would keep its room from others.
const IN_TIME: Duration = Duration::from_secs(3);

/// The room for all questions.
pub(super) struct Room(Arc<Semaphore>);

/// A question, and its room for as long as it is there.
#[derive(Debug, Default)]
pub(super) struct Question {
    text: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// As much as there may be.
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }

    /// Reads one, until then at the latest.
    ///
    /// # Errors
    /// What is said in HTTP to who sent it.
    pub(super) async fn read(&self, body: Body, deadline: Instant) -> Result<Question, StatusCode> {
        let deadline = deadline.min(Instant::now() + IN_TIME);
        timeout_at(deadline, self.gather(body)).await.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
    }

    async fn gather(&self, body: Body) -> Result<Question, StatusCode> {
        let (mut question, mut pieces) = (Question::default(), body.into_data_stream());
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| StatusCode::BAD_REQUEST)?;
            if question.text.len() + piece.len() > LARGEST {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            question.add(&piece, self.take(piece.len()).await?);
        }
        Ok(question)
    }

    async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, StatusCode> {
        let bytes = u32::try_from(bytes).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        // It is never closed.
        self.0.clone().acquire_many_owned(bytes).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
    }
}

impl Question {
    /// As it came.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    fn add(&mut self, piece: &[u8], more: OwnedSemaphorePermit) {
        self.text.extend_from_slice(piece);
        match &mut self.room {
            Some(room) => room.merge(more),
            None => self.room = Some(more),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Bytes;
    use futures::stream::{iter, pending};

    use super::*;

    /// One that never ends.
    fn half(sent: &'static str) -> Body {
        Body::from_stream(iter([Ok::<_, Infallible>(Bytes::from(sent))]).chain(pending()))
    }

    fn later(time: Duration) -> Instant {
        Instant::now() + time
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_is_not_sent_in_time_is_given_up() {
        let (room, begin) = (Room::new(), Instant::now());
        for (deadline, seconds) in [(IN_TIME * 10, 3), (IN_TIME / 3, 4)] {
            let given_up = room.read(half("{"), later(deadline)).await.unwrap_err();
            assert_eq!((given_up, begin.elapsed().as_secs()), (StatusCode::REQUEST_TIMEOUT, seconds));
        }
        assert_eq!(room.0.available_permits(), ROOM);
    }

    #[tokio::test]
    async fn a_question_that_is_too_large_is_not_read() {
        let room = Room::new();
        let read = async |bytes: usize| room.read(Body::from(vec![0; bytes]), later(IN_TIME)).await;
        assert_eq!(read(LARGEST).await.unwrap().text().len(), LARGEST);
        assert_eq!(read(LARGEST + 1).await.unwrap_err(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_nothing_takes_no_room_and_who_is_answered_gives_it_back() {
        let room = Room(Arc::new(Semaphore::new(10)));
        let silent = futures::future::join_all((0..100).map(|_| room.read(half(""), later(IN_TIME))));
        let asked = async {
            let question = room.read(Body::from("12345678"), later(IN_TIME)).await.unwrap();
            let full = room.read(Body::from("abcd"), later(IN_TIME / 2)).await;
            assert_eq!(full.unwrap_err(), StatusCode::REQUEST_TIMEOUT);
            drop(question);
            assert_eq!(room.read(Body::from("abcd"), later(IN_TIME)).await.unwrap().text(), b"abcd");
        };
        let (silent, ()) = futures::join!(silent, asked);
        assert!(silent.iter().all(Result::is_err));
    }
}
