//! The longer parts of the help texts: examples, valves, exit codes.

use crate::exit::Exit;

/// Below `volume-syncing-controller --help`.
pub(super) fn program() -> String {
    format!(
        "\
Examples:
  # What would be synced, and why?
  REMOTE_TYPE=local volume-syncing-controller sync-to-remote -s ./data -d /mnt/backup/data --dry-run

  # A bucket, described by the environment; -d is the bucket and the directory in it
  REMOTE_TYPE=s3 REMOTE_PROVIDER=Minio REMOTE_ENDPOINT=http://localhost:9000 \\
  REMOTE_ACCESS_KEY_ID=… REMOTE_SECRET_ACCESS_KEY=… \\
  volume-syncing-controller sync-to-remote -s ./data -d bucket/data

  # And back
  volume-syncing-controller remote-to-local-sync -s bucket/data -d ./data

{}",
        Exit::table()
    )
}

/// Below `sync-to-remote --help`.
pub(super) fn sync_to_remote() -> String {
    format!(
        "\
Safety valves (each refuses before anything is changed, exit code 4):
  An empty or missing local directory is not synced while deletes are on, because that would empty the remote:
  --force-even-if-remote-would-be-cleared passes over it. --max-delete refuses a sync that deletes too much.
  A directory that was restored is not synced when somebody else has written to the remote since, when the remote went
  back to an older state, or when the restore has not ended well: --overwrite-remote passes over it.

Signals:
  SIGTERM or SIGINT: the running sync ends first; with --schedule or --fsnotify one last sync of everything follows,
  and is tried again for five minutes while the remote is away.
  A second one gives up the rest at once; what was not done stays as it was.

Examples:
  volume-syncing-controller sync-to-remote -s ./data -d bucket/data
  volume-syncing-controller sync-to-remote -s ./data -d bucket/data --dry-run --output json
  volume-syncing-controller sync-to-remote -s ./data -d bucket/data --schedule '@every 15m' --max-delete 25%
  volume-syncing-controller sync-to-remote -s ./data -d bucket/data --fsnotify 0
  volume-syncing-controller sync-to-remote -s ./data -c ./rclone.conf --no-template -d bucket/data

{}",
        Exit::table()
    )
}

/// Below `remote-to-local-sync --help`.
pub(super) fn remote_to_local_sync() -> String {
    format!(
        "\
Safety valves (each refuses before anything is changed, exit code 4; --force-delete-local-dir passes over them):
  The remote is empty while the target has files.
  The target is /, /bin, /usr/bin, /usr/lib, /home or /root, and deletes are on.
  The target has files and is owned by root, or by another user than the one who runs this. A missing or empty
  target has nothing to lose, and one that an earlier restore of ours filled is ours.
  --overwrite-local passes over this one: the target has files and was restored from another remote.

Run again over a directory that it restored:
  What was changed here and is not on the remote yet is kept, counted and reported. What was changed on both sides is a
  conflict: both stay, and the exit code is 1. --overwrite-local takes the remote's version of everything.

Signals:
  SIGTERM or SIGINT: the running restore ends first. A second one gives up the rest at once; each file is then old or
  new, never torn.

Examples:
  volume-syncing-controller remote-to-local-sync -s bucket/data -d ./data
  volume-syncing-controller remote-to-local-sync -s bucket/data -d ./data --no-delete
  volume-syncing-controller remote-to-local-sync -s bucket/data -d ./data --dry-run

{}",
        Exit::table()
    )
}

/// Below `verify --help`.
pub(super) fn verify() -> &'static str {
    "\
Examples:
  volume-syncing-controller verify -s bucket/data
  volume-syncing-controller verify -s bucket/data --read-data --output json

Exit codes:
  0  everything is as it was written
  1  something is wrong, and the output says what; or the remote has no manifest to compare with
  2  bad configuration or usage; nothing was started
  5  the remote cannot be used: unreachable, credentials refused, bucket missing"
}

/// Below `inject --help`.
pub(super) fn inject() -> &'static str {
    "\
Examples:
  volume-syncing-controller inject -f pod.yaml -s sync.yaml
  volume-syncing-controller inject -f pod.yaml -s sync.yaml --sidecar-mode container
  kubectl get pod app -o yaml | volume-syncing-controller inject -f - -s sync.yaml --namespace shop

Exit codes:
  0  the Pod was printed as it would be created
  2  the Pod would be refused, and the message says why; or a file cannot be read"
}

/// Below `interrupt --help`.
pub(super) fn interrupt() -> &'static str {
    "\
Examples:
  volume-syncing-controller interrupt
  volume-syncing-controller interrupt --pid-path /run/sync/pid --wait 25

Exit codes:
  0  the process was asked to end (with --wait: it has ended)
  1  there is no such process, or it did not end in time
  2  the PID file cannot be read, or is none"
}

/// Below `serve --help`.
pub(super) fn serve() -> &'static str {
    "\
Signals:
  SIGTERM or SIGINT: readiness ends at once, so that others are asked; requests are answered for --drain-seconds more,
  those that are being answered then end, and the Lease is given back.

Examples:
  # As the chart runs it
  volume-syncing-controller serve --tls --certificate-secret webhook-certificate \\
    --webhook-configuration volume-syncing-controller --webhook-service volume-syncing-controller

  # With a certificate of somebody else, such as cert-manager
  volume-syncing-controller serve --tls --tls-crt ./tls.crt --tls-key ./tls.key

Exit codes:
  0  asked to end
  1  something unforeseen
  2  bad configuration or usage: a port is taken, there is no certificate in the files, no way to an API server"
}

/// Below `schedule next --help`.
pub(super) fn schedule_next() -> &'static str {
    "\
Schedules:
  Five fields (minute hour day month weekday) or six with seconds first. Lists, ranges, steps, names (MON, JAN), `?`.
  @yearly @annually @monthly @weekly @daily @midnight @hourly, and @every with a duration such as 90s or 1h30m.
  CRON_TZ=Zone or TZ=Zone in front reads the fields in that zone; without it, the zone of the system (TZ).

Examples:
  volume-syncing-controller schedule next '0 3 * * MON-FRI'
  volume-syncing-controller schedule next 'CRON_TZ=Europe/Paris 30 2 * * *' --from 2026-03-28T00:00:00Z --count 3"
}

/// Below `key generate --help`.
pub(super) fn key_generate() -> &'static str {
    "\
Examples:
  volume-syncing-controller key generate > password
  kubectl create secret generic backup-key --from-literal=ENCRYPTED_PASSWORD=\"$(volume-syncing-controller key generate)\""
}

/// Below `key check --help`.
pub(super) fn key_check() -> String {
    format!(
        "\
Examples:
  ENCRYPTED_REMOTE=remote:/bucket/data ENCRYPTED_PASSWORD=… REMOTE_TYPE=s3 … volume-syncing-controller key check
  volume-syncing-controller key check -c ./rclone.conf --no-template

{}",
        Exit::table()
    )
}

/// Below `completions --help`.
pub(super) fn completions() -> &'static str {
    "\
Examples:
  volume-syncing-controller completions bash > /etc/bash_completion.d/volume-syncing-controller
  volume-syncing-controller completions fish > ~/.config/fish/completions/volume-syncing-controller.fish"
}

/// Below `man --help`.
pub(super) fn man() -> &'static str {
    "\
Examples:
  volume-syncing-controller man | man -l -
  volume-syncing-controller man --directory /usr/local/share/man/man1"
}
