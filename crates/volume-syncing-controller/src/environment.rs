//! Every environment variable that this program reads, each described once. The command line takes the names from
//! here, and `docs/environment.md` is generated from here.

/// One variable, or one family of them.
#[derive(Debug)]
pub(crate) struct Variable {
    /// The name; `<KEY>` in it stands for any key.
    pub(crate) name: &'static str,
    /// The flag that says the same; empty when there is none.
    pub(crate) flag: &'static str,
    /// What it may hold.
    pub(crate) value: &'static str,
    /// What holds without it; empty when nothing does.
    pub(crate) default: &'static str,
    /// What it is for, one or more sentences.
    pub(crate) meaning: &'static str,
}

pub(crate) const REMOTE: Variable = Variable {
    name: "REMOTE_<KEY>",
    flag: "--param key=value",
    value: "text",
    default: "",
    meaning: "Becomes `<key> = value` (key in lower case) under `[remote]` in the rclone configuration. \
              `REMOTE_TYPE` names the kind of storage and is required unless `-p type=…` is given. A value \
              given with `-p` wins.",
};

pub(crate) const ENCRYPTED: Variable = Variable {
    name: "ENCRYPTED_<KEY>",
    flag: "--enc-param key=value",
    value: "text",
    default: "",
    meaning: "Becomes `<key> = value` under `[remote_encrypted]`, which has `type = crypt` and exists only when \
              at least one such variable or `-e` is given. `ENCRYPTED_REMOTE` names the remote and directory \
              below it, `ENCRYPTED_PASSWORD` the password as `rclone obscure` prints it. A value given with \
              `-e` wins.",
};

pub(crate) const CONFIG_PATH: Variable = Variable {
    name: "CONFIG_PATH",
    flag: "--config-path",
    value: "path",
    default: "rclone.conf",
    meaning: "Where the rclone configuration is written, or read with `--no-template`.",
};

pub(crate) const ENGINE: Variable = Variable {
    name: "PODFS_ENGINE",
    flag: "--engine",
    value: "`auto`, `native` or `rclone`",
    default: "auto",
    meaning: "Which way leads to the remote: our own code, rclone, or whichever understands every key of the \
              configuration.",
};

pub(crate) const RCLONE: Variable = Variable {
    name: "PODFS_RCLONE",
    flag: "--rclone",
    value: "path or name of a program",
    default: "rclone",
    meaning: "The rclone that is used for kinds of storage that have no native way.",
};

pub(crate) const TIMEOUT: Variable = Variable {
    name: "PODFS_TIMEOUT",
    flag: "--timeout",
    value: "seconds, 1 to 86400",
    default: "60",
    meaning: "How long a request may go without a single byte before it is given up (and tried again, where that \
              helps).",
};

pub(crate) const TRANSFERS: Variable = Variable {
    name: "PODFS_TRANSFERS",
    flag: "--transfers",
    value: "number, 1 to 1024",
    default: "16",
    meaning: "How many files are under way at once.",
};

pub(crate) const LIST_EVERY: Variable = Variable {
    name: "PODFS_LIST_EVERY",
    flag: "--list-every",
    value: "duration (`24h`, `15m`)",
    default: "24h",
    meaning: "How old the last listing of the remote may be before a sync lists it again, to see what other programs \
              did to the files there. `0s` lists it every time.",
};

pub(crate) const STATE_DIR: Variable = Variable {
    name: "PODFS_STATE_DIR",
    flag: "--state-dir",
    value: "path",
    default: "`/var/lib/podfs` for root, else `$XDG_STATE_HOME/podfs` or `~/.local/state/podfs`, else a private \
              directory under `$TMPDIR`",
    meaning: "Where locks, indexes of what was synced and scratch files live, and receipts of volumes that cannot hold them. It must not lie inside the synced directory. Commands that sync \
              the same directory need the same one to wait for each other.",
};

pub(crate) const PID_PATH: Variable = Variable {
    name: "PODFS_PID_PATH",
    flag: "--pid-path",
    value: "path",
    default: "/run/volume-syncing-controller.pid",
    meaning: "The PID file of a process that stays, which `interrupt` reads.",
};

pub(crate) const RESCAN_EVERY: Variable = Variable {
    name: "PODFS_RESCAN_EVERY",
    flag: "--rescan-every",
    value: "duration, `1m` to `168h`",
    default: "1h",
    meaning: "With `--fsnotify`: how often everything is looked at, whatever the events say.",
};

pub(crate) const REQUIRE_RECEIPT: Variable = Variable {
    name: "PODFS_REQUIRE_RECEIPT",
    flag: "--require-receipt",
    value: "`true`, `false`, `1` or `0`",
    default: "false",
    meaning: "Refuses a sync to the remote from a directory that does not show that it was restored completely from \
              there.",
};

pub(crate) const LOG_LEVEL: Variable = Variable {
    name: "LOG_LEVEL",
    flag: "--log-level",
    value: "`error`, `warn`, `info`, `debug` or `trace`",
    default: "info",
    meaning: "How much is logged. `-v` means at least `debug`.",
};

pub(crate) const LOG_JSON: Variable = Variable {
    name: "LOG_JSON",
    flag: "--log-json",
    value: "`true`, `false`, `1` or `0`",
    default: "false",
    meaning: "Logs one JSON object a line.",
};

/// All of them, in the order of the document.
pub(crate) const ALL: &[&Variable] = &[
    &REMOTE,
    &ENCRYPTED,
    &CONFIG_PATH,
    &ENGINE,
    &RCLONE,
    &TIMEOUT,
    &TRANSFERS,
    &LIST_EVERY,
    &STATE_DIR,
    &PID_PATH,
    &RESCAN_EVERY,
    &REQUIRE_RECEIPT,
    &LOG_LEVEL,
    &LOG_JSON,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names_on_the_command_line(command: &clap::Command, names: &mut BTreeSet<String>) {
        for argument in command.get_arguments() {
            names.extend(argument.get_env().map(|name| name.to_string_lossy().into_owned()));
        }
        for subcommand in command.get_subcommands() {
            names_on_the_command_line(subcommand, names);
        }
    }

    #[test]
    fn the_command_line_reads_exactly_what_is_documented() {
        let mut read = BTreeSet::new();
        names_on_the_command_line(&crate::cli::command(), &mut read);
        let documented: BTreeSet<String> = ALL
            .iter()
            .filter(|variable| !variable.name.contains('<'))
            .map(|variable| variable.name.to_owned())
            .collect();
        assert_eq!(read, documented);
    }
}
