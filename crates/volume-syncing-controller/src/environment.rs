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
    default: "32 with S3 without rclone, 16 with all else",
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
    meaning: "Where locks, indexes of what was synced and scratch files live, and receipts of volumes that cannot hold \
              them. It must not lie inside the synced directory. Commands that sync the same directory need the same \
              one to wait for each other.",
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

pub(crate) const OVERWRITE_REMOTE: Variable = Variable {
    name: "PODFS_OVERWRITE_REMOTE",
    flag: "--overwrite-remote",
    value: "`true`, `false`, `1` or `0`",
    default: "false",
    meaning: "Lets the local directory win where somebody else has written to the remote. Set it for one run only: while \
              it is set, it hides what should be looked at.",
};

pub(crate) const OVERWRITE_LOCAL: Variable = Variable {
    name: "PODFS_OVERWRITE_LOCAL",
    flag: "--overwrite-local",
    value: "`true`, `false`, `1` or `0`",
    default: "false",
    meaning: "Lets the remote win over local changes that are not there yet. Set it for one run only: while it is set, what \
              a killed Pod had not synced is lost.",
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

pub(crate) const USE_TLS: Variable = Variable {
    name: "USE_TLS",
    flag: "--tls",
    value: "`true`, `false`, `1` or `0`",
    default: "false",
    meaning: "Of `serve`: serves HTTPS on port 4443.",
};

pub(crate) const TLS_CRT_PATH: Variable = Variable {
    name: "TLS_CRT_PATH",
    flag: "--tls-crt",
    value: "path",
    default: "/etc/admission-webhook/tls/tls.crt",
    meaning: "Of `serve`: the certificate, unless the operator makes one.",
};

pub(crate) const TLS_KEY_PATH: Variable = Variable {
    name: "TLS_KEY_PATH",
    flag: "--tls-key",
    value: "path",
    default: "/etc/admission-webhook/tls/tls.key",
    meaning: "Of `serve`: the certificate's key, unless the operator makes one.",
};

pub(crate) const CERTIFICATE_SECRET: Variable = Variable {
    name: "CERTIFICATE_SECRET",
    flag: "--certificate-secret",
    value: "name of a Secret",
    default: "",
    meaning: "Of `serve`: the operator makes its certificate, renews it, and keeps it in this Secret.",
};

pub(crate) const WEBHOOK_CONFIGURATION: Variable = Variable {
    name: "WEBHOOK_CONFIGURATION",
    flag: "--webhook-configuration",
    value: "name of a MutatingWebhookConfiguration",
    default: "",
    meaning: "Of `serve`: whose `caBundle` is to trust the certificate that is made.",
};

pub(crate) const WEBHOOK_SERVICE: Variable = Variable {
    name: "WEBHOOK_SERVICE",
    flag: "--webhook-service",
    value: "name of a Service",
    default: "",
    meaning: "Of `serve`: by which the API server reaches the webhook; the certificate that is made is for it.",
};

pub(crate) const IMAGE: Variable = Variable {
    name: "IMAGE",
    flag: "--image",
    value: "name of an image",
    default: "the image of this version",
    meaning: "Of `serve`: what the injected containers run.",
};

pub(crate) const IMAGE_PULL_POLICY: Variable = Variable {
    name: "IMAGE_PULL_POLICY",
    flag: "--image-pull-policy",
    value: "`Always`, `IfNotPresent` or `Never`",
    default: "",
    meaning: "Of `serve`: when the image of the injected containers is pulled.",
};

pub(crate) const SIDECAR_MODE: Variable = Variable {
    name: "SIDECAR_MODE",
    flag: "--sidecar-mode",
    value: "`auto`, `native` or `container`",
    default: "auto",
    meaning: "Of `serve`: what kind of container syncs. `auto` is native where the cluster has native sidecars.",
};

pub(crate) const SIDECAR_RESOURCES: Variable = Variable {
    name: "SIDECAR_RESOURCES",
    flag: "--sidecar-resources",
    value: "JSON, like `resources` of a container",
    default: "`{\"requests\": {\"cpu\": \"10m\", \"memory\": \"64Mi\"}, \"limits\": {\"cpu\": \"1\", \"memory\": \"512Mi\"}}`",
    meaning: "Of `serve`: what each injected container asks for and may take.",
};

pub(crate) const WATCH_NAMESPACES: Variable = Variable {
    name: "WATCH_NAMESPACES",
    flag: "--watch-namespaces",
    value: "names, with commas between them",
    default: "",
    meaning: "Of `serve`: the only namespaces that are looked at; all of them when left out.",
};

pub(crate) const MY_NAMESPACE: Variable = Variable {
    name: "MY_NAMESPACE",
    flag: "--namespace",
    value: "name of a namespace",
    default: "default",
    meaning: "Of `serve`: the operator's own namespace.",
};

pub(crate) const MY_POD_NAME: Variable = Variable {
    name: "MY_POD_NAME",
    flag: "--pod-name",
    value: "name of a Pod",
    default: "volume-syncing-controller",
    meaning: "Of `serve`: this replica's name, which no other has.",
};

pub(crate) const LEASE_NAME: Variable = Variable {
    name: "LEASE_NAME",
    flag: "--lease-name",
    value: "name of a Lease",
    default: "volume-syncing-controller",
    meaning: "Of `serve`: says which replica leads.",
};

pub(crate) const DRAIN_SECONDS: Variable = Variable {
    name: "DRAIN_SECONDS",
    flag: "--drain-seconds",
    value: "seconds, 0 to 600",
    default: "10",
    meaning: "Of `serve`: how long requests are answered after SIGTERM as if nothing were.",
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
    &OVERWRITE_REMOTE,
    &OVERWRITE_LOCAL,
    &LOG_LEVEL,
    &LOG_JSON,
    &USE_TLS,
    &TLS_CRT_PATH,
    &TLS_KEY_PATH,
    &CERTIFICATE_SECRET,
    &WEBHOOK_CONFIGURATION,
    &WEBHOOK_SERVICE,
    &IMAGE,
    &IMAGE_PULL_POLICY,
    &SIDECAR_MODE,
    &SIDECAR_RESOURCES,
    &WATCH_NAMESPACES,
    &MY_NAMESPACE,
    &MY_POD_NAME,
    &LEASE_NAME,
    &DRAIN_SECONDS,
];

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The defaults of the arguments that read each variable, over all commands: one, unless two commands differ.
    fn defaults_on_the_command_line(
        command: &clap::Command,
        defaults: &mut BTreeMap<String, BTreeSet<String>>,
    ) {
        for argument in command.get_arguments() {
            let Some(name) = argument.get_env() else { continue };
            let values: Vec<_> =
                argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
            defaults.entry(name.to_string_lossy().into_owned()).or_default().insert(values.join(" "));
        }
        for subcommand in command.get_subcommands() {
            defaults_on_the_command_line(subcommand, defaults);
        }
    }

    #[test]
    fn the_command_line_reads_exactly_what_is_documented_with_the_same_defaults() {
        let mut command = crate::cli::command();
        command.build();
        let mut read = BTreeMap::new();
        defaults_on_the_command_line(&command, &mut read);
        let documented: Vec<&Variable> =
            ALL.iter().copied().filter(|variable| !variable.name.contains('<')).collect();
        let names: BTreeSet<&str> = documented.iter().map(|variable| variable.name).collect();
        assert_eq!(read.keys().map(String::as_str).collect::<BTreeSet<_>>(), names);
        // A sentence says what depends on other things.
        for variable in documented.iter().filter(|variable| !variable.default.contains(' ')) {
            let expected = BTreeSet::from([variable.default.to_owned()]);
            assert_eq!(read.get(variable.name), Some(&expected), "{}", variable.name);
        }
    }
}
