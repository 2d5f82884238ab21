//! Which requests go wrong, and how.

use std::fmt;

use super::RequestRecord;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server never sees it; the answer is this status with a text body.
    Status(u16),
    /// The server never sees it; the answer is S3's 503 `SlowDown`.
    SlowDown,
    /// The server never sees it; the connection is reset.
    Reset,
    /// The server never sees it, and no answer comes until the proxy is cleared or dropped.
    Stall,
    /// The server carries it out; the connection ends after so many bytes of the answer's body.
    Truncate(u64),
    /// The server carries it out; the client never learns, since the connection ends without an answer.
    DropAnswer,
}

type Condition = Box<dyn Fn(&RequestRecord) -> bool + Send>;

/// A fault and the requests that meet it. Without conditions, every request does.
pub struct Rule {
    fault: Fault,
    conditions: Vec<Condition>,
    /// Matching requests that pass unharmed before the first fault.
    skip: usize,
    /// Matching requests after those that meet it.
    times: usize,
    seen: usize,
}

impl Rule {
    /// A rule for every request, to be narrowed down.
    pub fn new(fault: Fault) -> Self {
        Self { fault, conditions: Vec::new(), skip: 0, times: usize::MAX, seen: 0 }
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(self, method: &'static str) -> Self {
        self.when(move |request| request.method == method)
    }

    /// Only requests whose path, percent-encoded as it came, holds this text.
    #[must_use]
    pub fn path(self, part: impl Into<String>) -> Self {
        let part = part.into();
        self.when(move |request| request.path().contains(&part))
    }

    /// Only requests that meet a condition of the test's own.
    #[must_use]
    pub fn when(mut self, condition: impl Fn(&RequestRecord) -> bool + Send + 'static) -> Self {
        self.conditions.push(Box::new(condition));
        self
    }

    /// Only the N-th of the requests that match otherwise, counted from 1 when the rule was added.
    #[must_use]
    pub fn nth(mut self, number: usize) -> Self {
        (self.skip, self.times) = (number.saturating_sub(1), 1);
        self
    }

    /// Not the first N of the requests that match otherwise, but from then on, for a while that [`Self::times`] may bound.
    #[must_use]
    pub fn after(mut self, passing: usize) -> Self {
        self.skip = passing;
        self
    }

    /// Only the first N of the requests that match otherwise.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Counts a request, and tells its fault if it is one of those that meet it.
    pub(super) fn judge(&mut self, request: &RequestRecord) -> Option<Fault> {
        if !self.conditions.iter().all(|condition| condition(request)) {
            return None;
        }
        let index = self.seen;
        self.seen += 1;
        (index >= self.skip && index - self.skip < self.times).then_some(self.fault)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({:?}, skip {}, times {}, seen {})", self.fault, self.skip, self.times, self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(mut rule: Rule, requests: &[(&str, &str)]) -> Vec<bool> {
        let record = |(method, target): &(&str, &str)| RequestRecord {
            method: (*method).to_owned(),
            target: (*target).to_owned(),
            range: None,
        };
        requests.iter().map(|request| rule.judge(&record(request)).is_some()).collect()
    }

    #[test]
    fn only_matching_requests_are_counted() {
        let requests = [("GET", "/a"), ("PUT", "/a"), ("PUT", "/b"), ("PUT", "/a"), ("PUT", "/a")];
        let rule = Rule::new(Fault::Reset).method("PUT").path("/a").nth(2);
        assert_eq!(judged(rule, &requests), [false, false, false, true, false]);
        let rule = Rule::new(Fault::Reset).method("PUT").times(2);
        assert_eq!(judged(rule, &requests), [false, true, true, false, false]);
        let rule = Rule::new(Fault::Reset).method("PUT").after(1).times(2);
        assert_eq!(judged(rule, &requests), [false, false, true, true, false]);
        let rule = Rule::new(Fault::Reset).method("PUT").after(2);
        assert_eq!(judged(rule, &requests), [false, false, false, true, true]);
    }
}
