//! `serve`: the operator.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use k8s_openapi::api::core::v1::ResourceRequirements;
use podfs_operator::SidecarChoice;

use super::logging::LoggingArguments;
use super::{help, resources, values};
use crate::environment;

/// Run the operator: the admission webhook and the controllers
///
/// With --tls, HTTPS is served on port 4443 (`/mutate-pods`, `/inform`, `/health`) and probes on port 8080 (`/health`,
/// `/ready`); without it, all of them on port 8080, for a place where somebody else speaks TLS. The certificate is made,
/// renewed and made known to the API server with --certificate-secret, and else read from --tls-crt and --tls-key,
/// again whenever they change.
#[derive(Debug, Args)]
#[command(after_long_help = help::serve())]
pub(crate) struct Serve {
    /// Serve HTTPS
    #[arg(short, long, env = environment::USE_TLS.name, hide_env_values = true)]
    pub(crate) tls: bool,

    /// The certificate, with those between it and its authority
    #[arg(long, value_name = "PATH", default_value = "/etc/admission-webhook/tls/tls.crt", value_parser = values::path,
          env = environment::TLS_CRT_PATH.name, hide_env_values = true)]
    pub(crate) tls_crt: PathBuf,

    /// The certificate's key
    #[arg(long, value_name = "PATH", default_value = "/etc/admission-webhook/tls/tls.key", value_parser = values::path,
          env = environment::TLS_KEY_PATH.name, hide_env_values = true)]
    pub(crate) tls_key: PathBuf,

    /// Make the certificate, and keep it in this Secret of the operator's namespace
    #[arg(long, value_name = "SECRET", requires_all = ["webhook_configuration", "webhook_service"],
          env = environment::CERTIFICATE_SECRET.name, hide_env_values = true)]
    pub(crate) certificate_secret: Option<String>,

    /// The MutatingWebhookConfiguration whose caBundle is to trust the certificate that is made
    #[arg(long, value_name = "NAME", env = environment::WEBHOOK_CONFIGURATION.name, hide_env_values = true)]
    pub(crate) webhook_configuration: Option<String>,

    /// The Service by which the API server reaches the webhook
    #[arg(long, value_name = "NAME", env = environment::WEBHOOK_SERVICE.name, hide_env_values = true)]
    pub(crate) webhook_service: Option<String>,

    /// The image of the injected containers
    #[arg(short, long, value_name = "IMAGE", default_value = concat!("volume-syncing-controller:", env!("CARGO_PKG_VERSION")),
          env = environment::IMAGE.name, hide_env_values = true)]
    pub(crate) image: String,

    /// When the injected containers' image is pulled: Always, IfNotPresent or Never; what the cluster thinks best when
    /// left out
    #[arg(long, value_name = "POLICY", value_parser = ["Always", "IfNotPresent", "Never"], hide_possible_values = true,
          env = environment::IMAGE_PULL_POLICY.name, hide_env_values = true)]
    pub(crate) image_pull_policy: Option<String>,

    /// What kind of container syncs
    #[arg(long, value_enum, default_value_t = Sidecar::Auto, value_name = "MODE",
          env = environment::SIDECAR_MODE.name, hide_env_values = true)]
    pub(crate) sidecar_mode: Sidecar,

    /// What each injected container asks for and may take, as JSON like a Pod's `resources`
    ///
    /// When left out, 10m of a processor and 64Mi of memory are asked for, and 1 and 512Mi are the most.
    #[arg(long, value_name = "JSON", value_parser = resources::resources,
          env = environment::SIDECAR_RESOURCES.name, hide_env_values = true)]
    pub(crate) sidecar_resources: Option<ResourceRequirements>,

    /// Look at these namespaces alone; at all of them when left out
    #[arg(long, value_name = "NAMESPACE,…", value_delimiter = ',',
          env = environment::WATCH_NAMESPACES.name, hide_env_values = true)]
    pub(crate) watch_namespaces: Vec<String>,

    /// The operator's own namespace
    #[arg(long, value_name = "NAMESPACE", default_value = "default",
          env = environment::MY_NAMESPACE.name, hide_env_values = true)]
    pub(crate) namespace: String,

    /// This replica's name, which no other has
    #[arg(long, value_name = "NAME", default_value = "volume-syncing-controller",
          env = environment::MY_POD_NAME.name, hide_env_values = true)]
    pub(crate) pod_name: String,

    /// The Lease of the replica that leads
    #[arg(long, value_name = "NAME", default_value = "volume-syncing-controller",
          env = environment::LEASE_NAME.name, hide_env_values = true)]
    pub(crate) lease_name: String,

    /// From SIGTERM on, go on answering for so many seconds: until then the API server may still ask this replica
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = values::drain,
          env = environment::DRAIN_SECONDS.name, hide_env_values = true)]
    pub(crate) drain_seconds: Duration,

    #[command(flatten)]
    pub(crate) logging: LoggingArguments,
}

/// What kind of container syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sidecar {
    /// A native sidecar where the cluster has them (Kubernetes 1.29), else a container
    Auto,
    /// An init container with `restartPolicy: Always`, which ends after the application
    Native,
    /// A container among the Pod's others
    Container,
}

impl From<Sidecar> for SidecarChoice {
    fn from(sidecar: Sidecar) -> Self {
        match sidecar {
            Sidecar::Auto => Self::Auto,
            Sidecar::Native => Self::Native,
            Sidecar::Container => Self::Container,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use crate::cli::{Cli, Command, Serve};

    fn parse(arguments: &[&str]) -> Result<Serve, String> {
        let line = ["volume-syncing-controller", "serve"].iter().chain(arguments);
        let matches = crate::cli::command().try_get_matches_from(line).map_err(|error| error.to_string())?;
        match Cli::from_arg_matches(&matches).unwrap().command {
            Command::Serve(serve) => Ok(*serve),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_predecessors_command_line_is_understood() {
        let serve =
            parse(&["-l", "debug", "--log-json", "-t", "-i", "image:1", "--tls-crt", "/c", "--tls-key=/k"])
                .unwrap();
        assert!(serve.tls && serve.logging.log_json && serve.certificate_secret.is_none());
        assert_eq!((serve.image.as_str(), serve.tls_crt.to_str()), ("image:1", Some("/c")));
        let serve = parse(&[]).unwrap();
        assert!(!serve.tls);
        assert_eq!(serve.tls_crt.to_str(), Some("/etc/admission-webhook/tls/tls.crt"));
    }

    #[test]
    fn a_certificate_that_is_made_needs_whom_it_is_for() {
        let error = parse(&["--tls", "--certificate-secret=certificate"]).unwrap_err();
        assert!(error.contains("--webhook-configuration") && error.contains("--webhook-service"), "{error}");
    }
}
