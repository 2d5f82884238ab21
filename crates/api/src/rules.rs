//! What the API server refuses by itself: rules in CEL, each with a message that says what to write instead.
//!
//! They cover what can be told without knowing a Pod. The injector checks the same things again where a Pod depends
//! on them: objects may have been stored before a rule was there.

use serde_json::{Value, json};

/// What a schedule looks like. It is checked closely by the reader of schedules, which knows the bounds of each field.
pub const SCHEDULE_PATTERN: &str = concat!(
    r"^\s*((CRON_TZ|TZ)=\S*\s+)?(",
    r"@(yearly|annually|monthly|weekly|daily|midnight|hourly)|",
    r"@every\s+[+]?(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+|",
    r"[0-9A-Za-z*?,/-]+(\s+[0-9A-Za-z*?,/-]+){4,5})\s*$",
);

/// The longest time between two syncs by file events, in minutes: a week.
pub const MOST_MINUTES: i64 = 10_080;
/// The largest number of a user or group that Kubernetes takes.
pub const LARGEST_ID: i64 = 2_147_483_647;

fn rule(rule: impl Into<String>, message: impl Into<String>) -> Value {
    json!({"rule": rule.into(), "message": message.into()})
}

/// Between the fields of a spec.
pub(crate) fn spec() -> Value {
    let on = "has(self.automaticEncryption) && has(self.automaticEncryption.enabled) && self.automaticEncryption.enabled";
    let free = |name: &str| format!("!({on}) || !has(self.env) || !('{name}' in self.env)");
    let taken = |name: &str| {
        format!(
            "automaticEncryption sets {name} itself: take it out of env, or set automaticEncryption.enabled to false and \
             manage the key yourself"
        )
    };
    json!([
        rule(free("ENCRYPTED_PASSWORD"), taken("ENCRYPTED_PASSWORD")),
        rule(free("ENCRYPTED_REMOTE"), taken("ENCRYPTED_REMOTE")),
    ])
}

/// A placement and the container that it refers to.
pub(crate) fn placement() -> Value {
    let relative = "self.placement in ['before', 'after']";
    json!([
        rule(
            format!("!({relative}) || has(self.containerReference)"),
            "placement before and after need containerReference: name the init container that the restore stands next to",
        ),
        rule(
            format!("{relative} || !has(self.containerReference)"),
            "containerReference is only for placement before and after: remove it, or change placement",
        ),
    ])
}

/// One schedule.
pub(crate) fn schedule() -> Value {
    rule(
        format!("self.matches(r'{SCHEDULE_PATTERN}')"),
        "schedule must be five cron fields (minute hour day month weekday), six with seconds first, @yearly, @monthly, \
         @weekly, @daily, @hourly, or @every with a duration such as 15m or 1h30m; \
         try it with: volume-syncing-controller schedule next EXPR",
    )
}

/// At least one direction.
pub(crate) fn directions() -> Value {
    rule(
        "self.toRemote || self.fromRemote",
        "with toRemote and fromRemote both false nothing is left to do: allow one of them, or delete this object",
    )
}

/// A key needs a place.
pub(crate) fn encryption() -> Value {
    rule(
        "!self.enabled || (has(self.secretName) && self.secretName != '')",
        "automaticEncryption needs secretName: name the Secret that holds the key, or that is to be made for it",
    )
}

/// The path of a directory.
pub(crate) fn local_path() -> Value {
    json!([
        rule(
            "self.startsWith('/')",
            "localPath must be absolute, as the containers see it, such as /var/www/data",
        ),
        rule(
            "!self.startsWith('/') || self.matches(r'[^/]')",
            "localPath must name a directory of a volume: / is the container's own file system",
        ),
        rule(
            r"!self.matches(r'(^|/)[.][.](/|$)')",
            "localPath must not contain .. as a part: write the path that is meant",
        ),
    ])
}

/// A template that can come to a path.
pub(crate) fn remote_path() -> Value {
    rule(
        "self.matches(r'[^/\\s]')",
        "remotePath must name a place on the remote, such as /bucket/directory: the whole remote is never synced",
    )
}

/// A selector that selects by something.
pub(crate) fn selector() -> Value {
    rule(
        "(has(self.matchLabels) && size(self.matchLabels) > 0) || \
         (has(self.matchExpressions) && size(self.matchExpressions) > 0)",
        "podSelector must select by something: an empty one would take every Pod of the namespace; give matchLabels or \
         matchExpressions",
    )
}

/// An operator and its values.
pub(crate) fn expression() -> Value {
    rule(
        "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
        "In and NotIn need values, Exists and DoesNotExist take none",
    )
}

/// A user or group.
pub(crate) fn user_or_group() -> Value {
    rule(
        whole_number(LARGEST_ID),
        format!(
            "must be the number of a user or group, from 0 to {LARGEST_ID}, written as a number or as digits in quotes"
        ),
    )
}

/// Minutes between two syncs.
pub(crate) fn minutes() -> Value {
    rule(
        whole_number(MOST_MINUTES),
        format!(
            "maxOneSyncPerMinutes must be whole minutes from 0 to {MOST_MINUTES}, written as a number or as digits in quotes"
        ),
    )
}

/// The field is an integer or digits, and not larger than this.
fn whole_number(most: i64) -> String {
    format!("string(self).matches('^[0-9]{{1,10}}$') && int(string(self)) <= {most}")
}
