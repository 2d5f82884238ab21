//! What the cluster can do.

use std::time::Duration;

use kube::Client;
use podfs_inject::SidecarMode;
use tracing::{info, warn};

use crate::settings::SidecarChoice;

/// From one question that was not answered to the next.
const RETRY: Duration = Duration::from_secs(2);
/// The first Kubernetes whose native sidecars are on by default.
const NATIVE_SINCE: (u32, u32) = (1, 29);

/// Decides what kind of container syncs; asks the cluster, if that is left to it, until it answers.
pub(crate) async fn sidecar_mode(client: &Client, choice: SidecarChoice) -> SidecarMode {
    match choice {
        SidecarChoice::Native => SidecarMode::Native,
        SidecarChoice::Container => SidecarMode::Container,
        SidecarChoice::Auto => loop {
            match client.apiserver_version().await {
                Ok(version) => {
                    let mode = mode_of(&version.major, &version.minor);
                    info!(
                        version = version.git_version,
                        ?mode,
                        "the cluster's version decides on the sidecars"
                    );
                    return mode;
                }
                Err(error) => warn!(%error, "cannot ask the API server for its version; it is tried again"),
            }
            tokio::time::sleep(RETRY).await;
        },
    }
}

/// Some providers write `29+`.
fn mode_of(major: &str, minor: &str) -> SidecarMode {
    let number = |text: &str| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    };
    if (number(major), number(minor)) >= NATIVE_SINCE { SidecarMode::Native } else { SidecarMode::Container }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1", "36", SidecarMode::Native)]
    #[case("1", "29+", SidecarMode::Native)]
    #[case("1", "28", SidecarMode::Container)]
    #[case("2", "0", SidecarMode::Native)]
    #[case("", "", SidecarMode::Container)]
    fn native_sidecars_are_used_where_they_are_on(
        #[case] major: &str,
        #[case] minor: &str,
        #[case] mode: SidecarMode,
    ) {
        assert_eq!(mode_of(major, minor), mode);
    }
}
