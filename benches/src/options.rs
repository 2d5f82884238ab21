//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::contestant::Contestant;
use crate::inputs::Sizes;
use crate::scenario::Scenario;

/// Compare volume-syncing-controller with rclone and s5cmd against one real S3 server
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench", version)]
pub(crate) struct Options {
    /// Only these scenarios [default: all]
    #[arg(long, value_enum, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    scenario: Vec<Scenario>,

    /// Only these contestants [default: all]
    #[arg(long, value_enum, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    only: Vec<Contestant>,

    #[command(flatten)]
    pub(crate) sizes: Sizes,

    /// How many timed runs each contestant makes, or how many times a file changes; one more run, untimed, counts requests
    #[arg(long, default_value_t = 3, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,

    /// Add so many milliseconds to every request in the timed runs, by a proxy; 0 leaves the proxy out
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub(crate) delay_ms: u64,

    /// Give us `--transfers` instead of the default, for finding a good default
    #[arg(long, value_name = "NUMBER")]
    pub(crate) transfers: Option<u32>,

    /// Give us this key of the remote instead of its default, such as `chunk_size=20Mi`, for finding a good default
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., value_parser = key_and_value)]
    pub(crate) param: Vec<(String, String)>,

    /// Write the report into this file as Markdown: between the markers of its sections if it has them, else at its end
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    /// The program that takes part as `ours`; `cargo xtask bench` builds it and says where it is
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) controller: Option<PathBuf>,

    /// A run that takes longer is ended and counts as failed
    #[arg(long, default_value_t = 1800, value_name = "SECONDS")]
    timeout: u64,
}

impl Options {
    /// The scenarios to run, in the order that they are listed in: those in which somebody takes part.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let mut scenarios = chosen(&self.scenario);
        scenarios.retain(|scenario| !self.contestants(*scenario).is_empty());
        scenarios
    }

    /// The contestants that take part in a scenario, in the order of their turns.
    pub(crate) fn contestants(&self, scenario: Scenario) -> Vec<Contestant> {
        let mut contestants: Vec<Contestant> = chosen(&self.only);
        contestants.retain(|contestant| contestant.takes_part(scenario));
        contestants
    }

    /// The contestants that take part in any of the scenarios.
    pub(crate) fn all_contestants(&self) -> Vec<Contestant> {
        let mut contestants = chosen(&self.only);
        let scenarios = self.scenarios();
        contestants.retain(|contestant: &Contestant| {
            scenarios.iter().any(|scenario| contestant.takes_part(*scenario))
        });
        contestants
    }

    /// How long a run may take.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// What every request takes longer in the timed runs.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    pair.ok_or_else(|| "give KEY=VALUE".to_owned())
}

fn chosen<T: ValueEnum + PartialEq + Copy>(named: &[T]) -> Vec<T> {
    let wanted = |one: &&T| named.is_empty() || named.contains(one);
    T::value_variants().iter().filter(wanted).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_listed_with_spaces_or_commas() {
        let options =
            Options::parse_from(["bench", "--scenario", "restore", "no-op", "--only", "s5cmd,rclone"]);
        assert_eq!(options.scenarios(), [Scenario::Restore, Scenario::NoOp]);
        assert_eq!(options.all_contestants(), [Contestant::Rclone, Contestant::S5cmd]);
        assert_eq!(Options::parse_from(["bench"]).scenarios().len(), 14);
    }

    #[test]
    fn a_scenario_that_nobody_takes_part_in_is_left_out() {
        let options = Options::parse_from(["bench", "--only", "s5cmd"]);
        assert_eq!(options.scenarios().last(), Some(&Scenario::OneChanged));
    }

    #[test]
    fn who_is_held_against_us_takes_part_where_that_says_something() {
        use Contestant::{Find, Ours, OursNoOp, Rclone, RcloneTuned, S5cmd};
        let all = Options::parse_from(["bench"]);
        assert_eq!(all.contestants(Scenario::NoOp), [Ours, Rclone, RcloneTuned, S5cmd, Find]);
        assert_eq!(all.contestants(Scenario::OneChanged), [Ours, OursNoOp, Rclone, RcloneTuned, S5cmd]);
        for alone in [Scenario::Event, Scenario::AtRest, Scenario::MillionNoOp] {
            assert_eq!(all.contestants(alone), [Ours]);
        }
    }

    #[test]
    fn who_cannot_encrypt_takes_no_part_where_that_is_asked() {
        let all = Options::parse_from(["bench"]);
        use Contestant::{BarePuts, Ours, OursPlain, Rclone, RcloneTuned, S5cmd};
        assert_eq!(all.contestants(Scenario::LargeUp), [Ours, Rclone, RcloneTuned, S5cmd, BarePuts]);
        assert_eq!(all.contestants(Scenario::LargeDown), [Ours, Rclone, RcloneTuned, S5cmd]);
        assert_eq!(all.contestants(Scenario::CryptUp), [Ours, Rclone, RcloneTuned]);
        assert_eq!(all.contestants(Scenario::CryptSmallDown), [Ours, OursPlain, Rclone]);
        let encrypted = Options::parse_from(["bench", "--scenario", "crypt-up,crypt-down"]);
        assert_eq!(encrypted.all_contestants(), [Ours, Rclone, RcloneTuned]);
    }
}
