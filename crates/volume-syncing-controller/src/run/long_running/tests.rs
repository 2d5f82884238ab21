//! A long run with a clock and work that the test holds in its hands.

use std::cell::{Cell, RefCell};
use std::future::pending;

use jiff::Zoned;
use podfs_sync::schedule::Schedule;
use podfs_sync::{ErrorKind, RemoteError};

use super::super::by_schedule::BySchedule;
use super::super::clock::{Clock, Waited};
use super::*;

/// Time passes only when the loop waits for it.
struct FakeClock {
    now: RefCell<Zoned>,
    /// So many waits come to their end; the next one lasts for ever.
    waits: Cell<u32>,
    /// The first wait ends because somebody set the clock to this time.
    set_to: Cell<Option<Zoned>>,
}

impl FakeClock {
    fn new(waits: u32) -> Self {
        let now = "2026-03-01T00:00:00.5[UTC]".parse().unwrap();
        Self { now: RefCell::new(now), waits: Cell::new(waits), set_to: Cell::new(None) }
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Zoned {
        self.now.borrow().clone()
    }

    async fn wait_until(&self, due: &Zoned) -> Waited {
        if let Some(time) = self.set_to.take() {
            *self.now.borrow_mut() = time;
            return Waited::SetBack;
        }
        match self.waits.get().checked_sub(1) {
            Some(left) => {
                self.waits.set(left);
                *self.now.borrow_mut() = due.clone();
                Waited::Due
            }
            None => pending().await,
        }
    }
}

type Run<'a> = Box<dyn Fn(u32) -> Result<Option<Exit>, Failure> + 'a>;

struct FakeWork<'a> {
    runs: Cell<u32>,
    flushes: bool,
    /// Gets the number of the run, from 1.
    run: Run<'a>,
}

impl<'a> FakeWork<'a> {
    fn new(flushes: bool, run: impl Fn(u32) -> Result<Option<Exit>, Failure> + 'a) -> Self {
        Self { runs: Cell::new(0), flushes, run: Box::new(run) }
    }
}

impl Work for FakeWork<'_> {
    async fn run(&self, scope: Scope, patience: &CancellationToken) -> Result<Option<Exit>, Failure> {
        assert_eq!(scope, Scope::Everything);
        if patience.is_cancelled() {
            return Ok(None);
        }
        self.runs.set(self.runs.get() + 1);
        (self.run)(self.runs.get())
    }

    fn flushes(&self) -> bool {
        self.flushes
    }
}

async fn run(work: &FakeWork<'_>, clock: &FakeClock, signals: &Signals) -> Result<Exit, Failure> {
    let schedule = Schedule::parse("@every 1m").unwrap();
    keep_running(work, BySchedule::new(&schedule, clock), signals).await
}

fn exit(result: Result<Exit, Failure>) -> Exit {
    result.unwrap_or_else(|failure| failure.exit)
}

#[tokio::test]
async fn a_signal_between_runs_leads_to_one_last_sync() {
    let (clock, signals) = (FakeClock::new(0), Signals::default());
    signals.note();
    let work = FakeWork::new(true, |_| Ok(Some(Exit::Done)));
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Done);
    assert_eq!(work.runs.get(), 1);
}

#[tokio::test]
async fn a_signal_during_a_run_lets_it_end_and_one_last_sync_follows() {
    let (clock, signals) = (FakeClock::new(5), Signals::default());
    let work = FakeWork::new(true, |number| {
        if number == 3 {
            signals.note();
        }
        Ok(Some(Exit::Done))
    });
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Done);
    assert_eq!(work.runs.get(), 4);
}

#[tokio::test]
async fn the_exit_code_is_that_of_the_last_sync() {
    for (last, expected) in [
        (Ok(Some(Exit::Partial)), Exit::Partial),
        (Err(Failure::new(Exit::Remote, anyhow::anyhow!("away"))), Exit::Remote),
    ] {
        let (clock, signals) = (FakeClock::new(1), Signals::default());
        let last = Cell::new(Some(last));
        let work = FakeWork::new(true, |number| {
            if number == 2 {
                return last.take().unwrap();
            }
            signals.note();
            Err(Failure::unexpected("an earlier failure counts for nothing"))
        });
        assert_eq!(exit(run(&work, &clock, &signals).await), expected);
    }
}

fn away() -> Failure {
    RemoteError::new(ErrorKind::Unreachable, "list", "bucket", "refused").into()
}

#[tokio::test(start_paused = true)]
async fn the_last_sync_is_tried_again_while_the_remote_is_away() {
    let (clock, signals) = (FakeClock::new(0), Signals::default());
    signals.note();
    let work = FakeWork::new(true, |number| if number < 9 { Err(away()) } else { Ok(Some(Exit::Done)) });
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Done);
    assert_eq!(work.runs.get(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_remote_that_stays_away_ends_the_last_sync_after_five_minutes() {
    let (clock, signals) = (FakeClock::new(0), Signals::default());
    signals.note();
    let begun = Instant::now();
    let work = FakeWork::new(true, |_| Err(away()));
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Remote);
    assert_eq!(begun.elapsed().as_secs(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_ends_the_tries() {
    let (clock, signals) = (FakeClock::new(0), Signals::default());
    signals.note();
    let work = FakeWork::new(true, |number| {
        if number == 3 {
            signals.note();
        }
        Err(away())
    });
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Interrupted);
    assert_eq!(work.runs.get(), 3);
}

#[tokio::test]
async fn a_failed_run_does_not_end_the_schedule() {
    let (clock, signals) = (FakeClock::new(3), Signals::default());
    let work = FakeWork::new(true, |number| {
        if number == 3 {
            signals.note();
        }
        if number < 4 { Err(Failure::unexpected("no")) } else { Ok(Some(Exit::Done)) }
    });
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Done);
    assert_eq!(work.runs.get(), 4);
}

#[tokio::test]
async fn two_signals_leave_no_time_for_a_last_sync() {
    let (clock, signals) = (FakeClock::new(1), Signals::default());
    let work = FakeWork::new(true, |_| {
        signals.note();
        signals.note();
        Err(Failure::interrupted("given up"))
    });
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Interrupted);
    assert_eq!(work.runs.get(), 1);

    let idle = FakeWork::new(true, |_| Ok(Some(Exit::Done)));
    assert_eq!(exit(run(&idle, &FakeClock::new(0), &signals).await), Exit::Interrupted);
    assert_eq!(idle.runs.get(), 0);
}

#[tokio::test]
async fn a_restore_has_no_last_run() {
    let (clock, signals) = (FakeClock::new(0), Signals::default());
    signals.note();
    let work = FakeWork::new(false, |_| Ok(Some(Exit::Done)));
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Done);
    assert_eq!(work.runs.get(), 0);

    let (clock, signals) = (FakeClock::new(1), Signals::default());
    let work = FakeWork::new(false, |_| {
        signals.note();
        Ok(Some(Exit::Failed))
    });
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Failed);
    assert_eq!(work.runs.get(), 1);
}

#[tokio::test]
async fn due_times_during_a_run_are_skipped() {
    let (clock, signals) = (FakeClock::new(2), Signals::default());
    let begun = RefCell::new(Vec::new());
    let work = FakeWork::new(false, |number| {
        begun.borrow_mut().push(clock.now());
        let later = clock.now().saturating_add(jiff::Span::new().seconds(150));
        *clock.now.borrow_mut() = later;
        if number == 2 {
            signals.note();
        }
        Ok(Some(Exit::Done))
    });
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Done);
    let begun = begun.borrow();
    assert_eq!(begun[1].duration_since(&begun[0]).as_secs(), 180, "{begun:?}");
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_the_schedule_until_it_is_there_again() {
    let (clock, signals) = (FakeClock::new(1), Signals::default());
    clock.set_to.set(Some("2020-01-01T00:00:00[UTC]".parse().unwrap()));
    let work = FakeWork::new(false, |_| {
        signals.note();
        Ok(Some(Exit::Done))
    });
    assert_eq!(exit(run(&work, &clock, &signals).await), Exit::Done);
    assert_eq!(clock.now().to_string(), "2020-01-01T00:01:00+00:00[UTC]");
}
