//! The last lines that the rclone child printed, for the message when it dies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::watch;

const LINES: usize = 20;
const LONGEST_LINE: usize = 1000;

/// A ring of the last lines of a child's error output.
#[derive(Debug, Clone)]
pub(super) struct Tail {
    lines: Arc<Mutex<VecDeque<String>>>,
    ended: watch::Receiver<bool>,
}

impl Tail {
    /// Starts to collect. The pipe is read until the child closes it, so that the child never blocks on it.
    pub(super) fn follow(output: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let lines = Arc::new(Mutex::new(VecDeque::with_capacity(LINES)));
        let (end, ended) = watch::channel(false);
        let collected = Arc::clone(&lines);
        tokio::spawn(async move {
            let mut reader = BufReader::new(output);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line).await, Ok(count) if count > 0) {
                keep(&collected, &line);
                line.clear();
            }
            let _ = end.send(true);
        });
        Self { lines, ended }
    }

    /// What was printed last, once all of it has arrived (the child has ended) or a moment has passed.
    pub(super) async fn last_words(&self) -> String {
        let mut ended = self.ended.clone();
        let _ = tokio::time::timeout(Duration::from_secs(1), ended.wait_for(|ended| *ended)).await;
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join(" | ")
    }
}

fn keep(lines: &Mutex<VecDeque<String>>, line: &[u8]) {
    let text: String = String::from_utf8_lossy(line).trim_end().chars().take(LONGEST_LINE).collect();
    tracing::debug!(target: "podfs::rclone", "{text}");
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    if lines.len() == LINES {
        lines.pop_front();
    }
    lines.push_back(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_only_the_end() {
        let text: String = (0..50).map(|number| format!("line {number}\n")).collect();
        let tail = Tail::follow(std::io::Cursor::new(text.into_bytes()));
        let words = tail.last_words().await;
        assert!(words.starts_with("line 30 | ") && words.ends_with(" | line 49"), "{words}");
    }
}
