//! What becomes of a question to a webhook. It is read, and answered from what is known; only where that is not enough does it
//! wait for the API server, among others like it, and keeps nobody else waiting.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::reading::{Question, Room};
use crate::admission::review::{self, Answer, MOST_OF_A_POD, MOST_OF_AN_OBJECT, Request};
use crate::admission::{Admission, too_slow};

/// Questions about Pods that are answered at once. None of them waits for anything, so with more it would be no faster, and memory
/// is bounded.
const PODS: usize = 4;
/// The same about objects, which are larger, and rare.
const OBJECTS: usize = 1;
/// Questions for which the API server is asked at once. The others that need it hold no more than their text.
const ASKING: usize = 8;

/// What is said in HTTP where there is no answer.
pub(super) enum NoAnswer {
    /// This alone.
    Status(StatusCode),
    /// What is wrong with the question.
    Malformed(String),
}

impl IntoResponse for NoAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::Status(status) => status.into_response(),
            Self::Malformed(message) => {
                warn!(message, "a request that makes no sense");
                let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
                (StatusCode::BAD_REQUEST, plain, format!("{message}\n")).into_response()
            }
        }
    }
}

/// Questions, and who answers them.
pub(super) struct Webhooks {
    admission: Arc<Admission>,
    room: Room,
    pods: Semaphore,
    objects: Semaphore,
    asking: Semaphore,
}

impl Webhooks {
    /// Nobody has asked yet.
    pub(super) fn new(admission: Arc<Admission>) -> Self {
        let turns = Semaphore::new;
        Self {
            admission,
            room: Room::new(),
            pods: turns(PODS),
            objects: turns(OBJECTS),
            asking: turns(ASKING),
        }
    }

    /// Answers about a Pod that is to be made. Whatever has to be waited for, it takes no longer than `limit`.
    pub(super) async fn mutate(&self, body: Body, limit: Duration) -> Result<Response, NoAnswer> {
        let deadline = Instant::now() + limit;
        let question = self.read(body, deadline).await?;
        let at_once = |request: &Request| self.admission.answer_at_once(request);
        let (uid, answer) = in_turn(&self.pods, deadline, &question, MOST_OF_A_POD, at_once).await?;
        if let Some(answer) = answer {
            return Ok(answered(&uid, &answer));
        }
        let Ok(_turn) = turn(&self.asking, deadline).await else {
            warn!(uid, "a Pod is refused: too many others wait for the API server");
            return Ok(answered(&uid, &too_slow()));
        };
        let request = review::read(question.text(), MOST_OF_A_POD).map_err(NoAnswer::Malformed)?;
        Ok(answered(&uid, &self.admission.answer(&request, deadline).await))
    }

    /// Answers about an object that is to be stored.
    pub(super) async fn inform(&self, body: Body, limit: Duration) -> Result<Response, NoAnswer> {
        let deadline = Instant::now() + limit;
        let question = self.read(body, deadline).await?;
        let inform = |request: &Request| self.admission.inform(request);
        let (uid, answer) = in_turn(&self.objects, deadline, &question, MOST_OF_AN_OBJECT, inform).await?;
        Ok(answered(&uid, &answer))
    }

    async fn read(&self, body: Body, deadline: Instant) -> Result<Question, NoAnswer> {
        self.room.read(body, deadline).await.map_err(NoAnswer::Status)
    }
}

/// Decides one of few at once; nothing may be waited for in `decide`.
async fn in_turn<T>(
    turns: &Semaphore,
    deadline: Instant,
    question: &Question,
    most: usize,
    decide: impl FnOnce(&Request) -> T,
) -> Result<(String, T), NoAnswer> {
    let _turn = turn(turns, deadline).await?;
    let request = review::read(question.text(), most).map_err(NoAnswer::Malformed)?;
    let decided = decide(&request);
    Ok((request.uid, decided))
}

async fn turn(turns: &Semaphore, deadline: Instant) -> Result<SemaphorePermit<'_>, NoAnswer> {
    // None of them is ever closed.
    let turn = timeout_at(deadline, turns.acquire()).await.ok().and_then(Result::ok);
    turn.ok_or(NoAnswer::Status(StatusCode::SERVICE_UNAVAILABLE))
}

fn answered(uid: &str, answer: &Answer) -> Response {
    Json(answer.review(uid)).into_response()
}
