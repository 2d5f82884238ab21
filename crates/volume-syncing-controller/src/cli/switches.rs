//! Flags that work as every Go program's do, for command lines and manifests written for the predecessor: a switch
//! also takes `=true` and `=false` (its switches were on by default, so `--no-delete=false` is common), and of a flag
//! that is given twice the last one counts.

use clap::{Arg, ArgAction, Command};

/// Makes the flags of `command` and of what lies below it work as in Go.
pub(super) fn as_in_go(command: Command) -> Command {
    command.args_override_self(true).mut_args(with_optional_value).mut_subcommands(as_in_go)
}

fn with_optional_value(argument: Arg) -> Arg {
    if !matches!(argument.get_action(), ArgAction::SetTrue) {
        return argument;
    }
    argument
        .action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .value_name("BOOL")
        .default_value("false")
        .default_missing_value("true")
        .hide_default_value(true)
        .hide_possible_values(true)
        .value_parser(boolean)
}

/// The spellings that Go's `strconv.ParseBool` takes.
fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("give `true`, `false`, `1` or `0`".into()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::cli::{Cli, Command, SyncToRemote};

    fn parse(arguments: &[&str]) -> SyncToRemote {
        use clap::FromArgMatches as _;
        let line = ["volume-syncing-controller", "sync-to-remote"].iter().chain(arguments);
        let matches = crate::cli::command().try_get_matches_from(line).unwrap();
        let Command::SyncToRemote(command) = Cli::from_arg_matches(&matches).unwrap().command else {
            panic!()
        };
        *command
    }

    #[rstest]
    #[case(&[], false, false)]
    #[case(&["-x"], true, false)]
    #[case(&["-xf"], true, true)]
    #[case(&["--no-delete"], true, false)]
    #[case(&["--no-delete=false", "-f=true"], false, true)]
    #[case(&["-x", "--no-delete=false", "-f", "-f"], false, true)]
    #[case(&["-x=0", "--force-even-if-remote-would-be-cleared=1"], false, true)]
    fn switches_work_as_in_go(#[case] arguments: &[&str], #[case] no_delete: bool, #[case] force: bool) {
        let command = parse(arguments);
        assert_eq!((command.sync.no_delete, command.force), (no_delete, force));
    }

    #[test]
    fn of_two_values_the_last_one_counts_and_parameters_add_up() {
        let command =
            parse(&["--max-delete=1", "--max-delete=2", "-p", "type=local", "-p", "x=1", "-p", "x=2"]);
        assert_eq!(command.sync.max_delete, Some(podfs_sync::DeleteLimit::Files(2)));
        let order = command.into_order().unwrap();
        let given: Vec<_> = order.request.params.iter().map(|param| param.0.as_str()).collect();
        assert_eq!(given, ["type=local", "x=1", "x=2"]);
    }

    #[test]
    fn nonsense_is_refused() {
        let line = ["volume-syncing-controller", "sync-to-remote", "--no-delete=maybe"];
        let error = crate::cli::command().try_get_matches_from(line).unwrap_err().to_string();
        assert!(error.contains("maybe") && error.contains("`true`"), "{error}");
    }
}
